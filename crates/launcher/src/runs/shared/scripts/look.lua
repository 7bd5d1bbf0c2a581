-- What is known of a school. Arguments: school.
local school = ARGV[1]
local run = redis.call('HGET', lease_of(school), 'run')
local cancelled = redis.call('LRANGE', cancelled_of(school), 0, -1)
return cjson.encode({
  now = now,
  run = run or nil,
  ended = redis.call('GET', ended_of(school)) or nil,
  cancelled = #cancelled > 0 and cancelled or nil,
})
