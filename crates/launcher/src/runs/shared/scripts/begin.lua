-- Begins to count, if this Redis is empty. Arguments: lease.
return cjson.encode({ settling = settling(ARGV[1]) })
