-- Asks a run to stop. Arguments: school, run.
local key = lease_of(ARGV[1])
local is_first = redis.call('HGET', key, 'run') == ARGV[2] and redis.call('HSETNX', key, 'cancel', 1) == 1
return cjson.encode({ first = is_first })
