-- One exchange of a process with the shared slots: settles, gives back, renews, holds, and reserves. All of
-- it happens at one moment by Redis' clock. Times are in microseconds.
--
-- KEYS: the state (hash: log, now, margin, refused, hold, hold:<class>, seq), the tickets (hash), one sorted
--       set for each window (request -> the time it counts from), one for each queue (ticket -> its order).
-- ARGV: the exchange as JSON.
-- Returns the name of the log, the margin that refusals have added, when to ask again for each ask, and the
-- grants: id, time until it may be sent, id, …

local LEAST_MARGIN, MOST_MARGIN = 2000, 500000
-- After so long without a refusal, this much of the margin is left.
local CLEAN, DECAY = 60000000, 0.5
-- A ticket whose holder is silent for so long after it was due is passed over.
local SILENT = 500000
-- Those who are not first ask again no sooner, and so much after the earliest time: the first is notified.
local BEHIND, NOTIFIED = 100000, 200000
-- A clock that is set back by more than this makes the times of slots meaningless.
local SET_BACK = 1000000
local DAY = 86400000
local ORDER = 8796093022208 -- 2^43: priorities above, sequence numbers below

local state, tickets = KEYS[1], KEYS[2]
local x = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- Redis and Lua would both write large numbers with too few digits.
local function text(number) return string.format('%.0f', number) end

local windows = {}
for i, window in ipairs(x.windows) do
  windows[i] = { key = KEYS[2 + i], length = window }
end
local function queue_key(queue) return KEYS[2 + #windows + queue + 1] end

local known = {}
local fields = redis.call('HGETALL', state)
for i = 1, #fields, 2 do known[fields[i]] = fields[i + 1] end
local function remember(field, value)
  known[field] = value
  redis.call('HSET', state, field, value)
end

-- Slots that would be open only when the clock is where it was before say nothing.
if known.now and now < tonumber(known.now) - SET_BACK then
  redis.call('DEL', unpack(KEYS))
  known = {}
end
-- An empty log: what was counted before is not known, so all wait until it has passed.
if not known.log then
  remember('log', text(now))
  remember('hold', text(now + x.careful))
end
remember('now', text(now))
redis.call('PEXPIRE', state, DAY)

local function margin()
  local raised, at = tonumber(known.margin or LEAST_MARGIN), tonumber(known.refused or 0)
  local clean = math.floor(math.max(0, now - at) / CLEAN)
  return math.max(LEAST_MARGIN, math.floor(raised * DECAY ^ math.min(clean, 200)))
end

local function take(request, from)
  for _, i in ipairs(request.w) do
    windows[i].is_taken = true
    redis.call('ZADD', windows[i].key, text(from), request.id)
  end
end

local function free(request)
  for _, i in ipairs(request.w) do redis.call('ZREM', windows[i].key, request.id) end
end

for _, sent in ipairs(x.sent) do take(sent, now - sent.age + x.early + sent.grace) end
for _, settled in ipairs(x.settled) do
  take(settled, now - settled.age)
  if settled.refused then
    remember('margin', text(math.min(MOST_MARGIN, margin() * 2)))
    remember('refused', text(now))
  end
end
for _, request in ipairs(x.given_back) do free(request) end

-- A request that is sent at this time at the latest counts from when it arrives, which is not known yet.
local function latest(sent) return sent + x.within + x.early + x.grace end
for _, request in ipairs(x.renewed) do take(request, latest(now)) end

for _, hold in ipairs(x.holds) do
  local field = hold.class and 'hold:' .. hold.class or 'hold'
  remember(field, text(math.max(tonumber(known[field] or 0), now + hold.pause)))
end

local margin_now = margin()
for _, window in ipairs(windows) do
  window.held = window.length + margin_now
  redis.call('ZREMRANGEBYSCORE', window.key, '-inf', text(now - window.held))
end

-- When the next slot opens for a class, or, behind so many others, the earliest time that it can.
local function opens(slots, class, behind)
  local time = math.max(tonumber(known.hold or 0), tonumber(known['hold:' .. class] or 0))
  for i, allowed in string.gmatch(slots, '(%d+):(%d+)') do
    local window, allowed = windows[tonumber(i)], tonumber(allowed)
    local at = redis.call('ZCARD', window.key) - allowed + behind % allowed
    local rounds = math.floor(behind / allowed) * window.length
    if at >= 0 then
      local slot = redis.call('ZRANGE', window.key, at, at, 'WITHSCORES')
      if slot[2] then time = math.max(time, tonumber(slot[2]) + window.held + rounds) end
    elseif rounds > 0 then
      time = math.max(time, now + rounds)
    end
  end
  return time
end

local function ticket_of(priority) return x.me .. ':' .. priority end
local function join(key, ticket, priority)
  local seq = redis.call('HINCRBY', state, 'seq', 1)
  redis.call('ZADD', key, text(priority * ORDER + seq), ticket)
  redis.call('PEXPIRE', key, DAY)
end
local function leave(key, ticket)
  redis.call('ZREM', key, ticket)
  redis.call('HDEL', tickets, ticket)
end
-- What is to be known of a ticket when it is the first and somebody else does something.
local function note(ticket, due, ahead, early, slots, class)
  redis.call('HSET', tickets, ticket, table.concat({ text(due), ahead, early, slots, class }, '|'))
  redis.call('PEXPIRE', tickets, DAY)
end
local function noted(ticket)
  local due, ahead, early, slots, class =
    string.match(redis.call('HGET', tickets, ticket) or '', '^(%d+)|(%d+)|(%d+)|([^|]*)|(.*)$')
  return tonumber(due or 0), tonumber(ahead or 0), tonumber(early or 0), slots or '', class or ''
end

for _, line in ipairs(x.withdrawn) do leave(queue_key(line.queue), ticket_of(line.priority)) end

local again, grants = {}, {}
local function grant(ask, id, at)
  take({ id = id, w = ask.w }, latest(at))
  grants[#grants + 1] = id
  grants[#grants + 1] = math.ceil(at - now)
end

-- The first in a queue, this one or another who isn't silent.
local function first_of(key, ticket)
  local first = redis.call('ZRANGE', key, 0, 0)[1]
  while first and first ~= ticket and now > noted(first) + SILENT do
    leave(key, first)
    first = redis.call('ZRANGE', key, 0, 0)[1]
  end
  return first
end

for n, ask in ipairs(x.asks) do
  local key, ticket = queue_key(ask.queue), ticket_of(ask.priority)
  local wanted = {}
  for _, id in ipairs(ask.ids) do
    -- The reply to an exchange before may be lost, and the grant with it.
    if x.repeated and ask.w[1] and redis.call('ZSCORE', windows[ask.w[1]].key, id) then
      free({ id = id, w = ask.w })
      grant(ask, id, math.max(now, opens(ask.slots, ask.class, 0) - x.early))
    else
      wanted[#wanted + 1] = id
    end
  end
  again[n] = 0
  local queues, next = #wanted > 0 and redis.call('ZSCORE', key, ticket), 1
  while next <= #wanted do
    local first = first_of(key, ticket)
    if first and not queues then
      join(key, ticket, ask.priority)
      queues, first = true, first_of(key, ticket)
    end
    local is_first = not first or first == ticket
    local behind = not is_first and redis.call('ZRANK', key, ticket) or 0
    local at = opens(ask.slots, ask.class, behind) - x.early
    if not is_first or at > now + x.ahead then
      local wait = math.max(0, at - x.ahead - now)
      if not is_first then wait = math.max(wait, BEHIND) + NOTIFIED end
      again[n] = math.ceil(wait)
      if not queues then join(key, ticket, ask.priority) end
      note(ticket, now + wait, x.ahead, x.early, ask.slots, ask.class)
      break
    end
    grant(ask, wanted[next], math.max(now, at))
    next = next + 1
    if queues then leave(key, ticket) end
    queues = false
  end
end

for _, window in ipairs(windows) do
  if window.is_taken then
    redis.call('PEXPIRE', window.key, math.ceil(window.length / 1000) + 60000)
  end
end

-- Notifies the first of a queue, and nobody else, if it may go earlier than it was told: says when to ask.
for queue = 0, x.queues - 1 do
  local first = redis.call('ZRANGE', queue_key(queue), 0, 0)[1]
  local due, ahead, early, slots, class = noted(first or '')
  if first and due > now then
    local sooner = math.max(now, opens(slots, class, 0) - early - ahead)
    if sooner < due - 2000 then
      note(first, sooner, ahead, early, slots, class)
      redis.call('PUBLISH', x.channel .. string.match(first, '^(.*):%d+$'), text(sooner - now))
    end
  end
end

return { known.log, margin_now - LEAST_MARGIN, again, grants }
