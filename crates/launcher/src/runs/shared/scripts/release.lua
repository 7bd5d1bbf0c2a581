-- Ends a run: frees its school unless that is another's by now, and adds its last events. Arguments: school, run, fence,
-- outcome, how long the outcome counts, how long a cancellation counts, kept, events.
local school, run = ARGV[1], ARGV[2]
local held = redis.call('HGET', lease_of(school), 'fence')
if not held or held == ARGV[3] then
  redis.call('DEL', lease_of(school))
  leave(school)
  if ARGV[4] == 'cancelled' then
    redis.call('LPUSH', cancelled_of(school), now .. ' ' .. run)
    redis.call('LTRIM', cancelled_of(school), 0, 2)
    redis.call('PEXPIRE', cancelled_of(school), ARGV[6])
  else
    redis.call('SET', ended_of(school), ARGV[4] .. ' ' .. now .. ' ' .. run, 'PX', ARGV[5])
  end
end
append(run, ARGV[7], 8)
return cjson.encode({ lost = held and held ~= ARGV[3] })
