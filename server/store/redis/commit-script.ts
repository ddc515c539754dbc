import { defineScript, PLACE_PRELUDE } from "./script.ts";

/** Conflicts after which a node asks to be the next one that may commit. */
const TURN_AFTER = 3;
/** How long others leave it the turn, in milliseconds; it needs two round trips. */
const TURN_MS = 100;
/** Commits kept for nodes that missed their messages; as a rule their bytes are the tighter bound. */
const LOGGED = 10_000;
/** How long they are kept after the last one, in milliseconds; nodes look every few seconds. */
const LOGGED_MS = 15 * 60_000;
/** Missed commits told with a refusal. */
const ENTRIES = 64;

/**
 * Applies a batch if the project still stands where the batch was decided.
 *
 * KEYS[1] meta, [2] log, [3] sessions, then those that operations name by number.
 * ARGV[1] gen, [2] life, [3] rev, [4] node, [5] attempt, [6] channel, [7] wide channel, [8] batch, [9] message,
 * [10] wide message or '', [11] bytes of half a log, [12] prefix of projects, [13] number of guards, then for each a
 * session and the project it was found in, then operations: name, number of a key, number of arguments, arguments.
 *
 * Returns one of
 * - `ok`
 * - `open`: the project has to be opened first
 * - `place`: a session is not where it was found
 * - `conflict` | `turn`, life, rev, messages after the expected rev, batch at the rev this one would have had. The last
 *   one is told only across lives, where messages are of no use: it says whether this very batch came in before.
 *
 * The first operation writes the meta key, which a server without memory or disk refuses: then nothing was written yet.
 */
export const COMMIT = defineScript(`
${PLACE_PRELUDE}
local meta, log, sessions = KEYS[1], KEYS[2], KEYS[3]
local life, rev = ARGV[2], tonumber(ARGV[3])
local m = redis.call('HMGET', meta, 'life', 'rev', 'gen', 'turn')

local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function refuse(why)
  local messages, batch = {}, ''
  if m[1] == life then
    local read = redis.call('XRANGE', log, string.format('%d-0', rev + 1), '+', 'COUNT', ${ENTRIES})
    for i, entry in ipairs(read) do messages[i] = entry[2][4] end
  else
    local id = string.format('%d-0', rev + 1)
    local read = redis.call('XRANGE', log, id, id)
    if read[1] then batch = read[1][2][2] end
  end
  return { why, m[1], m[2], messages, batch }
end

if not m[1] or tonumber(m[3]) < tonumber(ARGV[1]) then return { 'open' } end

local turn = m[4]
if turn then
  local node, till = turn:match('^(%S+) (%d+)$')
  if now() >= tonumber(till) then
    turn = false
  elseif node ~= ARGV[4] then
    return refuse('turn')
  end
end
if m[1] ~= life or m[2] ~= ARGV[3] then
  if not turn and tonumber(ARGV[5]) >= ${TURN_AFTER} then
    redis.call('HSET', meta, 'turn', ARGV[4] .. ' ' .. string.format('%d', now() + ${TURN_MS}))
  end
  return refuse('conflict')
end

local at = 14
for _ = 1, tonumber(ARGV[13]) do
  if place(sessions, ARGV[12], ARGV[at]) ~= ARGV[at + 1] then return { 'place' } end
  at = at + 2
end

local special = {
  -- Forgets removals over the limit and notes the seq of the last one forgotten. ARGV limit
  TRIM = function(key, i)
    local over = redis.call('ZCARD', key) - tonumber(ARGV[i])
    if over <= 0 then return end
    local last = redis.call('ZRANGE', key, over - 1, over - 1, 'WITHSCORES')
    redis.call('HSET', meta, 'forgot', last[2])
    redis.call('ZREMRANGEBYRANK', key, 0, over - 1)
  end,
  -- Takes a session out unless another project took it. ARGV session, place
  LEAVE = function(key, i)
    if redis.call('HGET', key, ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', key, ARGV[i]) end
  end,
  -- Keeps an answer and drops those that need not be kept. ARGV key, value, n or '', ackedThrough, limit, ms to keep
  -- answers, ms to keep the highest n, at, numbers of the keys numbered, keyed, highest
  GIVE = function(key, i)
    local name, n, limit = ARGV[i], ARGV[i + 2], tonumber(ARGV[i + 4])
    local numbered, keyed = KEYS[tonumber(ARGV[i + 8])], KEYS[tonumber(ARGV[i + 9])]
    local highest = KEYS[tonumber(ARGV[i + 10])]
    local order = n == '' and keyed or numbered
    local function drop(names)
      if #names == 0 then return end
      redis.call('HDEL', key, unpack(names))
      redis.call('ZREM', order, unpack(names))
    end
    redis.call('ZREM', n == '' and numbered or keyed, name)
    redis.call('HSET', key, name, ARGV[i + 1])
    if n == '' then
      redis.call('ZADD', keyed, redis.call('HINCRBY', highest, 'place', 1), name)
    else
      redis.call('ZADD', numbered, n, name)
      local before = redis.call('HGET', highest, 'n')
      if not before or tonumber(before) < tonumber(n) then redis.call('HSET', highest, 'n', n) end
      redis.call('HSET', highest, 'at', ARGV[i + 7])
      if ARGV[i + 3] ~= '0' then drop(redis.call('ZRANGEBYSCORE', numbered, '-inf', ARGV[i + 3], 'LIMIT', 0, 256)) end
    end
    local over = redis.call('ZCARD', order) - limit
    if over > 0 then drop(redis.call('ZRANGE', order, 0, math.min(over, 256) - 1)) end
    redis.call('PEXPIRE', key, ARGV[i + 5])
    redis.call('PEXPIRE', order, ARGV[i + 5])
    redis.call('PEXPIRE', highest, ARGV[i + 6])
  end,
  -- Starts a project anew at a cost that does not depend on its size: the key of its ids is kept aside for the sweep of
  -- its sessions. ARGV place, project, numbers of the keys gone (this one's), gone (all), projects, of each to remove
  CLEAR = function(key, i, n)
    for _, member in ipairs(redis.call('ZRANGEBYLEX', key, '[projects ', '(projects!')) do
      redis.call('HDEL', KEYS[tonumber(ARGV[i + 4])], ARGV[i + 1] .. ' ' .. member:sub(#'projects ' + 1))
    end
    if redis.call('EXISTS', key) == 1 then
      redis.call('RENAME', key, KEYS[tonumber(ARGV[i + 2])])
      redis.call('SADD', KEYS[tonumber(ARGV[i + 3])], ARGV[i])
    end
    for j = i + 5, i + n - 1 do redis.call('UNLINK', KEYS[tonumber(ARGV[j])]) end
    redis.call('HDEL', meta, 'forgot')
  end,
}

while at <= #ARGV do
  local name, key, n = ARGV[at], KEYS[tonumber(ARGV[at + 1])], tonumber(ARGV[at + 2])
  if special[name] then
    special[name](key, at + 3, n)
  else
    redis.call(name, key, unpack(ARGV, at + 3, at + 2 + n))
  end
  at = at + 3 + n
end

local id = string.format('%d-0', rev + 1)
redis.call('XADD', log, 'MAXLEN', '~', ${LOGGED}, id, 'batch', ARGV[8], 'message', ARGV[9])
-- Two halves: when one is full, what is before it goes.
if redis.call('HINCRBY', meta, 'logged', #ARGV[9]) > tonumber(ARGV[11]) then
  local mark = redis.call('HGET', meta, 'mark')
  if mark then redis.call('XTRIM', log, 'MINID', mark) end
  redis.call('HSET', meta, 'logged', 0, 'mark', id)
end
redis.call('PEXPIRE', log, ${LOGGED_MS})
if m[4] then redis.call('HDEL', meta, 'turn') end
redis.call('PUBLISH', ARGV[6], ARGV[9])
if ARGV[10] ~= '' then redis.call('PUBLISH', ARGV[7], ARGV[10]) end
return { 'ok' }
`);
