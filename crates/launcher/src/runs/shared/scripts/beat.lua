-- Renews a run's lease, takes its turn if that has come, and adds its events. Arguments: school, run, owner, fence, lease,
-- most running, kept, about, place, events.
local school, run, owner, fence, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local key = lease_of(school)
local held, restored = redis.call('HGET', key, 'fence'), false
if not held then
  -- This Redis was empty, and nobody else can have been admitted since.
  if settling(lease) == 0 then
    return cjson.encode({ lost = true })
  end
  redis.call('HSET', key, 'run', run, 'owner', owner, 'fence', fence, 'place', ARGV[9])
  redis.call('ZADD', ARGV[9] == 'queued' and QUEUE or PLACES, fence, school)
  redis.call('SET', about_of(run), ARGV[8], 'PX', ARGV[7])
  restored = true
elseif held ~= fence then
  return cjson.encode({ lost = true })
end
redis.call('PEXPIRE', key, lease)
redis.call('PEXPIRE', about_of(run), ARGV[7])
if not restored then
  append(run, ARGV[7], 10)
end
local position = nil
if redis.call('HGET', key, 'place') == 'queued' then
  sweep()
  position = redis.call('ZRANK', QUEUE, school) or 0
  if position < tonumber(ARGV[6]) - redis.call('ZCARD', PLACES) then
    redis.call('HSET', key, 'place', 'running')
    redis.call('ZREM', QUEUE, school)
    redis.call('ZADD', PLACES, fence, school)
    position = nil
  end
end
return cjson.encode({
  restored = restored,
  cancel = redis.call('HEXISTS', key, 'cancel') == 1,
  position = position,
})
