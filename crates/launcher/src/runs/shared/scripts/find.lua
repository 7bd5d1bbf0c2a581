-- Whose run this is. Arguments: run.
return cjson.encode({ about = redis.call('GET', about_of(ARGV[1])) or nil, asked = true })
