"""What Redis does in one step, in its own language.

A piece of work is a hash `work:NAME` with `token`, `phase` (begun, sent, ended) and `outcome`. Its
process is there as long as `alive:TOKEN` is, and holds `beside:NAME` against works that exclude it.
An outcome that was heard stays as `outcome:TOKEN` for those who waited for it meanwhile.
"""

STAND = """
local work, beside = KEYS[1], KEYS[2]
local me, followed, sent, lease, keep, prefix = unpack(ARGV)
local held = redis.call('HMGET', work, 'token', 'phase', 'outcome')
local token, phase, outcome = held[1], held[2], held[3]
if followed ~= '' and token ~= followed then
  local heard = redis.call('GET', prefix .. ':outcome:' .. followed)
  if heard then return {'ended', followed, heard} end
  if sent == '1' then return {'ended', followed, ''} end
end
if token and token ~= me then
  if phase == 'ended' then return {'ended', token, outcome} end
  if redis.call('EXISTS', prefix .. ':alive:' .. token) == 1 then
    return {'theirs', token, phase}
  end
  if phase == 'sent' then
    redis.call('HSET', work, 'phase', 'ended', 'outcome', '')
    redis.call('PEXPIRE', work, keep)
    return {'ended', token, ''}
  end
end
if beside then
  local other = redis.call('GET', beside)
  if other and other ~= me then return {'beside', other, ''} end
  redis.call('SET', beside, me, 'PX', lease)
end
redis.call('DEL', work)
redis.call('HSET', work, 'token', me, 'phase', 'begun')
redis.call('PEXPIRE', work, keep)
redis.call('SET', prefix .. ':alive:' .. me, '1', 'PX', lease)
return {'mine', me, ''}
"""

RENEW = """
local work, alive, beside = KEYS[1], KEYS[2], KEYS[3]
local me, phase, lease, keep = unpack(ARGV)
redis.call('SET', alive, '1', 'PX', lease)
local token = redis.call('HGET', work, 'token')
if not token or token == me then
  redis.call('HSET', work, 'token', me, 'phase', phase)
  redis.call('PEXPIRE', work, keep)
end
if beside then
  local other = redis.call('GET', beside)
  if not other or other == me then redis.call('SET', beside, me, 'PX', lease) end
end
return 1
"""

END = """
local work, alive, beside = KEYS[1], KEYS[2], KEYS[3]
local me, kept, outcome, keep = unpack(ARGV)
local token = redis.call('HGET', work, 'token')
if kept == '1' and (not token or token == me) then
  redis.call('HSET', work, 'token', me, 'phase', 'ended', 'outcome', outcome)
  redis.call('PEXPIRE', work, keep)
elseif token == me then
  redis.call('DEL', work)
end
redis.call('DEL', alive)
if beside and redis.call('GET', beside) == me then redis.call('DEL', beside) end
return 1
"""

FORGET = """
local work, heard = KEYS[1], KEYS[2]
local token, linger = unpack(ARGV)
local held = redis.call('HMGET', work, 'token', 'outcome')
if held[1] == token and held[2] then
  redis.call('SET', heard, held[2], 'PX', linger)
  redis.call('DEL', work)
end
return 1
"""

FIRST_USE = """
local first = redis.call('GET', KEYS[1])
if first then return first == ARGV[1] and 1 or 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
