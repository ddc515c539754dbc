import { defineScript, PLACE_PRELUDE, PROJECT_PRELUDE } from "./script.ts";

/**
 * Where a project stands, with all its counts. Returns `open` | `none`, or `ok`, position, counts as pairs.
 * KEYS[1] meta, [2] counts. ARGV after the prelude's: [4] 1 to make it if it is not there.
 */
export const HEAD = defineScript(`
${PROJECT_PRELUDE}
local m, why = project(ARGV[4] == '1')
if not m then return { why } end
return { 'ok', m, redis.call('HGETALL', KEYS[2]) }
`);

/**
 * What was told after a rev. Returns `open`, or `ok` and messages, or, when another life began or the log does not reach
 * back, `lost`, the newest message alone, position, counts as pairs.
 * KEYS[1] meta, [2] log, [3] counts. ARGV after the prelude's: [4] life, [5] rev, [6] most messages.
 */
export const SINCE = defineScript(`
${PROJECT_PRELUDE}
local m, why = project(true)
if not m then return { why } end
local next = string.format('%d-0', ARGV[5] + 1)
local read, messages = {}, {}
if m[1] == ARGV[4] then read = redis.call('XRANGE', KEYS[2], next, '+', 'COUNT', ARGV[6]) end
local isLost = m[1] ~= ARGV[4] or (tonumber(m[2]) > tonumber(ARGV[5]) and (not read[1] or read[1][1] ~= next))
  or tonumber(m[2]) < tonumber(ARGV[5])
if isLost then read = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1) end
for i, entry in ipairs(read) do messages[i] = entry[2][4] end
if not isLost then return { 'ok', messages } end
return { 'lost', messages, m, redis.call('HGETALL', KEYS[3]) }
`);

/** Where many projects stand: life and rev of each. KEYS: their meta keys. */
export const AUDIT = defineScript(`
local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('HMGET', key, 'life', 'rev') end
return found
`);

/**
 * Looks up what decisions ask for. Returns `open`, or `ok`, life, rev, one value for each request.
 * KEYS[1] meta, [2] entities, [3] sessions, then those that requests name by number.
 * ARGV after the prelude's: [4] prefix of projects, [5] names of answers told at most, then requests: kind, number of a
 * key, argument.
 * Kinds: `get` field of a hash; `claims` of a session; `oldest` of a collection (its member and entity); `owner`
 * (highest n, its time, names of the answers or false when they are too many), whose `highest` key comes next; `place`.
 */
export const LOAD = defineScript(`
${PROJECT_PRELUDE}
${PLACE_PRELUDE}
local m, why = project(true)
if not m then return { why } end
local load = {
  get = function(key, argument) return redis.call('HGET', key, argument) end,
  claims = function(key, argument)
    return redis.call('ZRANGEBYLEX', key, '[' .. argument .. ' ', '(' .. argument .. '!')
  end,
  oldest = function(key, argument)
    local member = redis.call('ZRANGE', key, 0, 0)[1]
    if not member then return false end
    return { member, redis.call('HGET', KEYS[2], argument .. ' ' .. member:match(' (.*)$')) }
  end,
  owner = function(key, _, number)
    local h = redis.call('HMGET', KEYS[number + 1], 'n', 'at')
    local names = false
    if redis.call('HLEN', key) <= tonumber(ARGV[5]) then names = redis.call('HKEYS', key) end
    return { h[1], h[2], names }
  end,
  place = function(key, argument) return place(key, ARGV[4], argument) end,
}
local values = {}
for i = 6, #ARGV, 3 do
  local number = tonumber(ARGV[i + 1])
  values[#values + 1] = load[ARGV[i]](KEYS[number], ARGV[i + 2], number)
end
return { 'ok', m[1], m[2], values }
`);

/** The project of a session, or ''. KEYS[1] sessions. ARGV[2] prefix of projects, [3] session. */
export const PLACE = defineScript(`
${PLACE_PRELUDE}
return place(KEYS[1], ARGV[2], ARGV[3])
`);

/**
 * Entities in the order of names. Returns `open`, or `ok`, position, names and entities by turns, 1 if there are more,
 * registers as pairs.
 * KEYS[1] meta, [2] ids, [3] entities, [4] registers.
 * ARGV after the prelude's: [4] and [5] bounds of names, [6] most entities, [7] bytes that end a page.
 */
export const PAGE = defineScript(`
${PROJECT_PRELUDE}
local m, why = project(true)
if not m then return { why } end
local limit = tonumber(ARGV[6])
local names = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[4], ARGV[5], 'LIMIT', 0, limit + 1)
local page, bytes, count = {}, 0, 0
for _, name in ipairs(names) do
  if count == limit or bytes > tonumber(ARGV[7]) then break end
  local entity = redis.call('HGET', KEYS[3], name)
  page[#page + 1] = name
  page[#page + 1] = entity
  bytes = bytes + #entity
  count = count + 1
end
return { 'ok', m, page, count < #names and 1 or 0, redis.call('HGETALL', KEYS[4]) }
`);

/**
 * What changed after a position, in parts: `more` gives entities and changes of fields in rising order of seq, to be
 * asked on from where they end; `ok` gives the last of them and everything else. Whoever takes all parts in order has
 * the state of the last one: what changed meanwhile stands in a later part.
 * Returns `open` | `none` | `snapshot`, or `more` | `ok`, position, names and entities by turns, seq of the last one,
 * changes, id of the last one, and with `ok` names and seqs removed, events, number of events missed, registers.
 * KEYS[1] meta, [2] changed, [3] entities, [4] removals, [5] changes, [6] events, [7] eventSeqs, [8] registers.
 * ARGV after the prelude's: [4] epoch, [5] from, [6] seq of the last entity had, [7] id of the last change had,
 * [8] most of either in a part, [9] bytes that end a part.
 */
export const DELTA = defineScript(`
${PROJECT_PRELUDE}
local m, why = project(false)
if not m then return { why } end
local from, limit = tonumber(ARGV[5]), tonumber(ARGV[8])
local forgot = tonumber(redis.call('HGET', KEYS[1], 'forgot') or '0')
if m[3] ~= ARGV[4] or from > tonumber(m[4]) or from < forgot then return { 'snapshot' } end

local entities, last, bytes, more = {}, ARGV[6], 0, false
local found = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[6], '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
local function take(name, seq)
  local entity = redis.call('HGET', KEYS[3], name)
  entities[#entities + 1] = name
  entities[#entities + 1] = entity
  bytes = bytes + #entity
  last = seq
end
for i = 1, #found, 2 do
  -- A part ends between two seqs, never within one.
  if bytes > tonumber(ARGV[9]) and found[i + 1] ~= last then
    more = true
    break
  end
  take(found[i], found[i + 1])
end
if not more and #found == 2 * limit then
  more = true
  local taken = {}
  for i = 1, #entities, 2 do taken[entities[i]] = true end
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], last, last)) do
    if not taken[name] then take(name, last) end
  end
end

local changes, lastChange = {}, ARGV[7]
local read = redis.call('XRANGE', KEYS[5], '(' .. ARGV[7], '+', 'COUNT', limit)
for i, entry in ipairs(read) do
  changes[i] = entry[2][2]
  lastChange = entry[1]
end
if #read == limit then more = true end
if more then return { 'more', m, entities, last, changes, lastChange } end

local removed = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. from, '+inf')) do
  local name = member:match('^(%S+ %S+) ')
  if redis.call('HEXISTS', KEYS[3], name) == 0 then removed[#removed + 1] = name end
end
local events = {}
for i, entry in ipairs(redis.call('XRANGE', KEYS[6], string.format('%d-0', from + 1), '+')) do
  events[i] = entry[2][2]
end
-- From the start of the epoch all that ever were, else those after the last one known at or before the position.
local missed = tonumber(m[7])
if from > 0 then
  local known = redis.call('XREVRANGE', KEYS[7], string.format('%d', from), '-', 'COUNT', 1)
  missed = known[1] and missed - tonumber(known[1][2][2]) or redis.call('XLEN', KEYS[7])
end
return { 'ok', m, entities, last, changes, lastChange, removed, events, missed, redis.call('HGETALL', KEYS[8]) }
`);

/**
 * Takes some sessions of a cleared project out of the places. Returns 1 if there are more.
 * KEYS[1] its ids, [2] sessions, [3] gone. ARGV[2] place, [3] how many.
 */
export const SWEEP = defineScript(`
local members = redis.call('ZRANGEBYLEX', KEYS[1], '[sessions ', '(sessions!', 'LIMIT', 0, ARGV[3])
for _, member in ipairs(members) do
  local id = member:sub(#'sessions ' + 1)
  if redis.call('HGET', KEYS[2], id) == ARGV[2] then redis.call('HDEL', KEYS[2], id) end
  redis.call('ZREM', KEYS[1], member)
end
if #members == tonumber(ARGV[3]) then return 1 end
redis.call('UNLINK', KEYS[1])
redis.call('SREM', KEYS[3], ARGV[2])
return 0
`);

/**
 * The generation of the server process: rises whenever another process answers than the last time anyone looked, since
 * that one may have come back with an older state. Never falls, also if the whole state was lost.
 * KEYS[1] fence. ARGV[1] run id of the process.
 */
export const FENCE = defineScript(`
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then
  local before = tonumber(redis.call('HGET', KEYS[1], 'gen') or '0')
  local gen = math.max(before + 1, tonumber(redis.call('TIME')[1]))
  redis.call('HSET', KEYS[1], 'run', ARGV[1], 'gen', string.format('%d', gen))
end
return redis.call('HGET', KEYS[1], 'gen')
`);
