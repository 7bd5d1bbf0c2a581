-- Ends a run whose launcher has let its lease run out, unless it has ended. Arguments: school, run, lease, kept, events.
local run = ARGV[2]
local last = redis.call('XREVRANGE', events_of(run), '+', '-', 'COUNT', 1)[1]
local has_ended = last and last[2][2] == 'end'
local is_held = redis.call('HGET', lease_of(ARGV[1]), 'run') == run
if not has_ended and not is_held and settling(ARGV[3]) == 0 then
  sweep()
  append(run, ARGV[4], 5)
end
return cjson.encode({ buried = not has_ended })
