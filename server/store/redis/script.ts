import { createHash } from "node:crypto";

/** A Lua script: Redis runs it whole, with nothing of anyone else's in between. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function defineScript(lua: string): Script {
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}

/**
 * `project(create)` reads where a project stands, as the table `{life, rev, epoch, seq, era, total, kept, gen}` of texts.
 * A project never seen, and one last written before the server process was replaced, begins a life with an epoch of its
 * own: what came back may be an older state, and its numbers must not be taken for those that were told before.
 * Without a candidate for the epoch nothing is made and `nil, 'open'` returned; `nil, 'none'` if it may not be made.
 *
 * KEYS[1] meta; ARGV[1] generation of the server process, [2] epoch or '', [3] life.
 */
export const PROJECT_PRELUDE = `
local FIELDS = { 'life', 'rev', 'epoch', 'seq', 'era', 'total', 'kept', 'gen' }
local function project(create)
  local m = redis.call('HMGET', KEYS[1], unpack(FIELDS))
  if m[1] and tonumber(m[8]) >= tonumber(ARGV[1]) then return m end
  if not m[1] and not create then return nil, 'none' end
  if ARGV[2] == '' then return nil, 'open' end
  if not m[1] then redis.call('HSET', KEYS[1], 'rev', '0', 'seq', '0', 'era', '1', 'total', '0', 'kept', '0') end
  redis.call('HSET', KEYS[1], 'life', ARGV[3], 'epoch', ARGV[2], 'gen', ARGV[1])
  return redis.call('HMGET', KEYS[1], unpack(FIELDS))
end
`;

/**
 * `place(sessions, prefix, sessionId)`: the project of a session, '' if none. One that started anew has no sessions of
 * the time before, though they still stand there until they are swept away.
 */
export const PLACE_PRELUDE = `
local function place(sessions, prefix, sessionId)
  local found = redis.call('HGET', sessions, sessionId)
  if not found then return '' end
  local era, projectId = found:match('^(%d+) (.*)$')
  if redis.call('HGET', prefix .. projectId .. '}:meta', 'era') ~= era then return '' end
  return projectId
end
`;
