-- What every script begins with: Redis's own clock, so that no launcher's counts, and the keys.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local PLACES, QUEUE, FENCE, BORN = 'vsync:places', 'vsync:queue', 'vsync:fence', 'vsync:born'

local function lease_of(school) return 'vsync:lease:' .. school end
local function ended_of(school) return 'vsync:ended:' .. school end
local function cancelled_of(school) return 'vsync:cancelled:' .. school end
local function about_of(run) return 'vsync:about:' .. run end
local function events_of(run) return 'vsync:run:' .. run end

-- For so long yet, launchers may hold leases that this Redis does not know: it was empty a short while ago.
local function settling(lease)
  local born = tonumber(redis.call('GET', BORN) or nil)
  if not born or born > now then
    born = now
    redis.call('SET', BORN, born)
  end
  return math.max(0, born + lease - now)
end

-- Places and turns of schools whose lease has run out are free.
local function sweep()
  for _, set in ipairs({ PLACES, QUEUE }) do
    for _, school in ipairs(redis.call('ZRANGE', set, 0, -1)) do
      if redis.call('EXISTS', lease_of(school)) == 0 then
        redis.call('ZREM', set, school)
      end
    end
  end
end

local function leave(school)
  redis.call('ZREM', PLACES, school)
  redis.call('ZREM', QUEUE, school)
end

-- Adds the events that are the arguments from `first` on: number, name, data. One whose number has been used is left out.
local function append(run, kept, first)
  for i = first, #ARGV, 3 do
    redis.pcall('XADD', events_of(run), 'MAXLEN', 256, ARGV[i] .. '-0', 'name', ARGV[i + 1], 'data', ARGV[i + 2])
  end
  redis.call('PEXPIRE', events_of(run), kept)
end
