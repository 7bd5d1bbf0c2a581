-- Takes back an admission whose answer never came. Arguments: school, run.
if redis.call('HGET', lease_of(ARGV[1]), 'run') == ARGV[2] then
  redis.call('DEL', lease_of(ARGV[1]), about_of(ARGV[2]))
  leave(ARGV[1])
end
return cjson.encode({ withdrawn = true })
