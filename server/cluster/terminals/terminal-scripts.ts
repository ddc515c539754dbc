import { defineScript } from "../../store/redis/script.ts";

/** How long what nobody touches is kept, in milliseconds: a place for a day, records for ten minutes. */
const PLACE_MS = 24 * 60 * 60_000;
const RECORDS_MS = 10 * 60_000;

/**
 * KEYS[1] HASH home, gen, about, life, end; [2] STREAM of records, id `<offset>-<marks>` after each.
 * ARGV[2] channel of those that have the terminal.
 */

/** ARGV[3] generation found, [4] server, [5] about. The new generation, or 0. */
export const CLAIM = defineScript(`
local gen = tonumber(redis.call('HGET', KEYS[1], 'gen') or '0')
if gen ~= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'home', ARGV[4], 'gen', gen + 1, 'about', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ${PLACE_MS})
redis.call('PUBLISH', ARGV[2], 'claimed')
return gen + 1
`);

/** ARGV[3] generation, [4] about. */
export const TELL = defineScript(`
if redis.call('HGET', KEYS[1], 'gen') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'about', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ${PLACE_MS})
redis.call('PUBLISH', ARGV[2], 'changed')
return 1
`);

/**
 * ARGV[3] generation, [4] life, [5] id where the records begin, [6] '1' for a new life, [7] bytes kept, then id, field and
 * value of each record. What is kept already is left out, so that a batch may come twice.
 */
export const APPEND = defineScript(`
local m = redis.call('HMGET', KEYS[1], 'gen', 'life', 'end')
if m[1] ~= ARGV[3] then return 'moved' end
local last = m[3]
if m[2] ~= ARGV[4] then
  if ARGV[6] ~= '1' then return 'hole' end
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'life', ARGV[4], 'end', ARGV[5])
  last = ARGV[5]
end
local function place(id)
  local offset, marks = id:match('^(%d+)-(%d+)$')
  return tonumber(offset), tonumber(marks)
end
local lastOffset, lastMarks = place(last)
local function isAfter(id)
  local offset, marks = place(id)
  return offset > lastOffset or (offset == lastOffset and marks > lastMarks)
end
if isAfter(ARGV[5]) then return 'hole' end
for i = 8, #ARGV, 3 do
  if isAfter(ARGV[i]) then
    local offset = place(ARGV[i])
    local oldest = string.format('%d', math.max(0, offset - tonumber(ARGV[7]) + 1))
    redis.call('XADD', KEYS[2], 'MINID', '~', oldest, ARGV[i], ARGV[i + 1], ARGV[i + 2])
    last = ARGV[i]
    lastOffset, lastMarks = place(last)
  end
end
redis.call('HSET', KEYS[1], 'end', last)
redis.call('PEXPIRE', KEYS[2], ${RECORDS_MS})
redis.call('PUBLISH', ARGV[2], 'changed')
return 'ok'
`);

/** ARGV[3] generation. */
export const HUSH = defineScript(`
if redis.call('HGET', KEYS[1], 'gen') ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[1], 'life', 'end')
redis.call('DEL', KEYS[2])
return 1
`);

/** ARGV[3] generation, [4] farewell. */
export const RELEASE = defineScript(`
if redis.call('HGET', KEYS[1], 'gen') ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[2], ARGV[4])
return 1
`);
