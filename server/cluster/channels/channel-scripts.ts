import { defineScript } from "../../store/redis/script.ts";

/**
 * `channel(name)` opens a channel and keeps it: `{epoch, offset, bytes}`, or nil when the project has too many. One last
 * written before the server process was replaced gets an epoch of its own: what came back may be an older state.
 * KEYS[1] HASH epoch, offset, bytes, gen; [2] LIST of events, the newest last; [3] ZSET of the project's channels by use.
 * ARGV[1] gen, [2] epoch for a new one, [3] name, [4] channels a project, [5] idle time in milliseconds.
 */
const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function channel()
  local m = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'bytes', 'gen')
  if not m[1] then
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[5])
    if not redis.call('ZSCORE', KEYS[3], ARGV[3]) and redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[4]) then return nil end
    redis.call('DEL', KEYS[2])
    redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'offset', '0', 'bytes', '0', 'gen', ARGV[1])
    m = { ARGV[2], '0', '0' }
  elseif tonumber(m[4]) < tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'gen', ARGV[1])
    m[1] = ARGV[2]
  end
  redis.call('ZADD', KEYS[3], now, ARGV[3])
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[5]) end
  return m
end
`;

/**
 * Numbers an event, keeps it and tells it: `{'ok', epoch, offset}` or `{'full'}`.
 * ARGV[6] event, [7] events kept, [8] bytes kept, [9] channel of its hearers, [10] channel of who hears it of every
 * project, [11] project.
 */
export const APPEND = defineScript(`${PRELUDE}
local m = channel()
if not m then return { 'full' } end
local offset = string.format('%d', m[2] + 1)
local bytes = m[3] + #ARGV[6]
local length = redis.call('RPUSH', KEYS[2], ARGV[6])
while length > tonumber(ARGV[7]) or bytes > tonumber(ARGV[8]) do
  bytes = bytes - #redis.call('LPOP', KEYS[2])
  length = length - 1
end
redis.call('HSET', KEYS[1], 'offset', offset, 'bytes', string.format('%d', bytes))
redis.call('PEXPIRE', KEYS[2], ARGV[5])
local told = m[1] .. ' ' .. offset .. ' ' .. ARGV[6]
redis.call('PUBLISH', ARGV[9], told)
redis.call('PUBLISH', ARGV[10], ARGV[11] .. ' ' .. told)
return { 'ok', m[1], offset }
`);

/**
 * What came after a position: `{'ok', epoch, offset, offset of the first event, event...}` or `{'full'}`. The first event
 * after `since` if it is kept and of this epoch, else the first that is kept.
 * ARGV[6] epoch of `since`, '' for no events; [7] its offset.
 */
export const READ = defineScript(`${PRELUDE}
local m = channel()
if not m then return { 'full' } end
local offset = tonumber(m[2])
local before = offset - redis.call('LLEN', KEYS[2])
if ARGV[6] == '' then return { 'ok', m[1], m[2], offset + 1 } end
local since = tonumber(ARGV[7])
local from = before
if ARGV[6] == m[1] and since <= offset then from = math.max(before, since) end
local found = redis.call('LRANGE', KEYS[2], from - before, -1)
return { 'ok', m[1], m[2], from + 1, unpack(found) }
`);
