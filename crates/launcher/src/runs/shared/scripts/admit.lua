-- Joins the school's run, or admits this one. Arguments: school, run, owner, lease, most running, most queued, what was seen
-- of the school's last end and of its last cancellation, about, kept.
local school, run, owner, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local most_running, most_queued = tonumber(ARGV[5]), tonumber(ARGV[6])

local current = redis.call('HGET', lease_of(school), 'run')
if current then
  return cjson.encode({ joined = current })
end
local wait = settling(lease)
if wait > 0 then
  return cjson.encode({ settling = wait })
end
-- Whoever asks has judged the cooldown by what it saw.
local ended = redis.call('GET', ended_of(school)) or ''
local cancelled = redis.call('LINDEX', cancelled_of(school), 0) or ''
if ended ~= ARGV[7] or cancelled ~= ARGV[8] then
  return cjson.encode({ changed = true })
end
sweep()
local waiting = redis.call('ZCARD', QUEUE)
local is_queued = waiting > 0 or redis.call('ZCARD', PLACES) >= most_running
if is_queued and waiting >= most_queued then
  return cjson.encode({ busy = true })
end
-- Grows even if this Redis was empty in between.
local fence = math.max(now, tonumber(redis.call('GET', FENCE) or 0) + 1)
redis.call('SET', FENCE, fence)
redis.call('HSET', lease_of(school), 'run', run, 'owner', owner, 'fence', fence, 'place', is_queued and 'queued' or 'running')
redis.call('PEXPIRE', lease_of(school), lease)
redis.call('ZADD', is_queued and QUEUE or PLACES, fence, school)
redis.call('SET', about_of(run), ARGV[9], 'PX', ARGV[10])
return cjson.encode({ fence = fence, position = is_queued and waiting or nil })
