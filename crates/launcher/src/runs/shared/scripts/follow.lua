-- A run's events after one, and whether its launcher may still be at work. Arguments: school, run, number, lease.
local events = {}
for _, entry in ipairs(redis.call('XRANGE', events_of(ARGV[2]), (ARGV[3] + 1) .. '-0', '+')) do
  local fields = entry[2]
  events[#events + 1] = { tonumber(string.match(entry[1], '^%d+')), fields[2], fields[4] }
end
local is_held = redis.call('HGET', lease_of(ARGV[1]), 'run') == ARGV[2]
return cjson.encode({
  alive = is_held or settling(ARGV[4]) > 0,
  events = #events > 0 and events or nil,
})
