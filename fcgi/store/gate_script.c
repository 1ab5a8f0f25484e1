/* The scripts of the gates of flash sales. Every script checks all it wants to know before it writes (a script that fails
 * half way keeps what it wrote), writes the stream first, and handles ids as text: Lua counts to 2^53 only.
 *
 * ARGV[1] is the run_id of the server that runs the script. KEYS[1] is the gate of a sale; the others of the sale have names
 * made from it, which a Redis that is no cluster allows:
 *   souk:flash:<sale>            hash: run, epoch, sku, units (left), per, allotted, opens, starts, ends (Unix ms), room, bits,
 *                                admit, rate, attempts, reqs, ttl, born, adv, full, and counters x:<refusal>, in, done
 *   …:<epoch>:b                  hash: account → units it has
 *   …:<epoch>:k                  hash: account:key → order_id:body, both hashes of what was asked
 *   …:<epoch>:o                  hash: order_id → account:units:q (queued) or :o (ordered)
 *   …:<epoch>:r                  hash: order_id → why it was refused
 *   …:w, …:a                     sorted sets: account → arrival (µs) of those that wait, admission (ms) of those let in
 *   …:s                          set: accounts that were seated again after Redis had lost their places
 *   souk:flash:entries:<shard>   stream: what the worker is to make orders of
 */
#include "store/gate.h"

/* The time, and whether the gate is this server's. */
#define CLOCK \
    "local time = redis.call('TIME')\n" \
    "local us = time[1] * 1000000 + time[2]\n" \
    "local now = math.floor(us / 1000)\n"

/* The account's and the sale's buckets (as guard/limit.c): what is asked of the gate, whatever comes of it. `bucket`: the
 * account's, ten seconds' worth of it at once. limits: '0' asks for none. A refusal, or nil. */
#define LIMITS \
    "local function full(value, ms)\n" \
    "  local at = tonumber(value or now) if at < now then at = now end\n" \
    "  return at + ms\n" \
    "end\n" \
    "local function limited(bucket)\n" \
    "  if limits ~= '1' then return end\n" \
    "  local attempts, reqs = tonumber(g.attempts), tonumber(g.reqs)\n" \
    "  local burst = math.max(10000, 60000 / attempts)\n" \
    "  local mine = full(redis.call('GET', bucket), 60000 / attempts)\n" \
    "  if mine > now + burst then redis.call('HINCRBY', KEYS[1], 'x:rate_limited', 1)\n" \
    "    return {'rate_limited', tostring(math.ceil(mine - now - burst)), g.attempts} end\n" \
    "  local all = full(g.full, 1000 / reqs)\n" \
    "  if all > now + math.max(250, 1000 / reqs) then redis.call('HINCRBY', KEYS[1], 'x:busy', 1) return {'rate_limited', '1000', g.attempts} end\n" \
    "  redis.call('SET', bucket, string.format('%.3f', mine), 'PX', string.format('%.0f', math.max(1, mine - now)))\n" \
    "  g.full = string.format('%.3f', all)\n" \
    "  redis.call('HSET', KEYS[1], 'full', g.full)\n" \
    "end\n"

/* A table of the named fields of the gate; `closed` is answered where it is not this server's. */
#define FIELDS(names, closed) \
    "local names = {" names "}\n" \
    "local values = redis.call('HMGET', KEYS[1], unpack(names))\n" \
    "local g = {}\n" \
    "for i, name in ipairs(names) do g[name] = values[i] end\n" \
    "if g.run ~= ARGV[1] then return " closed " end\n"

#define REFUSE(why) "redis.call('HINCRBY', KEYS[1], 'x:" why "', 1) return {'" why "'}"

const char *const gate_scripts[GATE_SCRIPTS_N] = {
    /* KEYS gate, account's bucket, used challenge; ARGV run, limits, account, arrival of the place it shows (0: none),
     * challenge: '' none, 'solved', 'wrong'.
     * Answers {admitted, arrival µs, until ms} · {waiting, arrival µs, position, size, rate per s, starts ms} · {early, opens ms} ·
     * {challenge} · {sold_out} · {over} · {rate_limited, ms, attempts per minute} · {closed} */
    [GATE_QUEUE] = FIELDS("'run','opens','starts','ends','units','room','bits','rate','attempts','reqs','ttl','born','adv','full'", "{'closed'}")
        CLOCK
        "local limits, account, shown, solved = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]\n"
        "local opens, starts = tonumber(g.opens), tonumber(g.starts)\n"
        LIMITS
        "local refusal = limited(KEYS[2])\n"
        "if refusal then return refusal end\n"
        "if now >= tonumber(g.ends) then " REFUSE("over") " end\n"
        "if now < opens then redis.call('HINCRBY', KEYS[1], 'x:early', 1) return {'early', g.opens} end\n"
        "local w, a = KEYS[1] .. ':w', KEYS[1] .. ':a'\n"
        "local ttl = tonumber(g.ttl)\n"
        "local rate, adv = tonumber(g.rate), math.max(tonumber(g.adv), starts)\n"
        "if g.room == '1' and now > adv then\n"
        "  local n = math.min(1000, math.floor((now - adv) * rate / 1000))\n"
        "  if n > 0 then\n"
        "    local heads = redis.call('ZRANGE', w, 0, n - 1)\n"
        "    for _, head in ipairs(heads) do redis.call('ZADD', a, now, head) end\n"
        "    if #heads > 0 then redis.call('ZREMRANGEBYRANK', w, 0, #heads - 1) end\n"
        "    redis.call('ZREMRANGEBYSCORE', a, '-inf', now - ttl)\n"
        "    adv = #heads < n and now or adv + n * 1000 / rate\n"
        "    redis.call('HSET', KEYS[1], 'adv', string.format('%.3f', adv))\n"
        "  end\n"
        "end\n"
        "local let_in = g.room == '1' and redis.call('ZSCORE', a, account)\n"
        "if let_in and tonumber(let_in) > now - ttl then\n"
        "  return {'admitted', string.format('%.0f', shown), string.format('%.0f', let_in + ttl)}\n"
        "end\n"
        "local arrival = g.room == '1' and redis.call('ZSCORE', w, account)\n"
        "if not arrival then\n"
        "  if tonumber(g.units) < 1 then " REFUSE("sold_out") " end\n"
        "  if tonumber(g.bits) > 0 then\n"
        "    if solved == '' then return {'challenge'} end\n"
        "    if not redis.call('SET', KEYS[3], '1', 'NX', 'EX', '600') or solved ~= 'solved' then " REFUSE("challenge") " end\n"
        "  end\n"
        "  arrival = us\n"
        "  if g.room ~= '1' then\n"
        "    if now < starts then redis.call('HINCRBY', KEYS[1], 'x:early', 1) return {'early', g.starts} end\n"
        "    return {'admitted', string.format('%.0f', us), string.format('%.0f', now + ttl)}\n"
        "  end\n"
        "  if shown > opens * 1000 and shown < tonumber(g.born) * 1000 and redis.call('SADD', KEYS[1] .. ':s', account) == 1 then\n"
        "    arrival = shown\n"
        "  end\n"
        "  redis.call('ZADD', w, string.format('%.0f', arrival), account)\n"
        "end\n"
        "return {'waiting', string.format('%.0f', arrival), tostring(redis.call('ZRANK', w, account) + 1),\n"
        "        tostring(redis.call('ZCARD', w)), g.rate, g.starts}\n",

    /* KEYS gate; ARGV run, limits, then of each request: account's bucket, stream, account, place's arrival µs, key, body, units,
     * order_id, data. They are judged one after the other, as if they had come alone; what they change is added up and written
     * at the end. Answers for each {ticket, order_id, epoch} · {mismatch} · {waiting} · {place} · {limit} · {sold_out} ·
     * {early, starts ms} · {over} · {rate_limited, ms, attempts per minute} · {closed} */
    [GATE_BUY] =
        "local n, answers = (#ARGV - 2) / 9, {}\n"
        "for i = 1, n do answers[i] = {'closed'} end\n"
        FIELDS("'run','epoch','sku','starts','ends','units','per','room','attempts','reqs','ttl','full'", "answers")
        CLOCK
        "local call, limits, at, sale = redis.call, ARGV[2], KEYS[1] .. ':' .. g.epoch, string.match(KEYS[1], '%d+$')\n"
        "local starts, units, ttl = tonumber(g.starts), tonumber(g.units), tonumber(g.ttl)\n"
        LIMITS
        "local accounts, keys, has, known = {}, {}, {}, {}\n"
        "for i = 1, n do\n"
        " local o = 9 * i - 7\n"
        " accounts[i], keys[i] = ARGV[o + 3], ARGV[o + 3] .. ':' .. ARGV[o + 5]\n"
        "end\n"
        "local b, k = call('HMGET', at .. ':b', unpack(accounts)), call('HMGET', at .. ':k', unpack(keys))\n"
        "for i = 1, n do has[accounts[i]], known[keys[i]] = tonumber(b[i] or '0'), k[i] end\n"
        "local counts, bs, ks, os = {}, {}, {}, {}\n"
        "local function refuse(why, more)\n"
        " counts[why] = (counts[why] or 0) + 1\n"
        " return {why, more}\n"
        "end\n"
        "local function buy(i, bucket, stream, account, arrival, key, body, qty, order, data)\n"
        " local no = limited(bucket)\n"
        " if no then return no end\n"
        " if known[keys[i]] then\n"
        "  local order_id, asked = string.match(known[keys[i]], '^(%d+):(%x+)$')\n"
        "  return asked == body and {'ticket', order_id, g.epoch} or {'mismatch'}\n"
        " end\n"
        " if now < starts then return refuse('early', g.starts) end\n"
        " if now >= tonumber(g.ends) then return refuse('over') end\n"
        " if g.room == '1' then\n"
        "  local let_in = call('ZSCORE', KEYS[1] .. ':a', account)\n"
        "  if not let_in and call('ZSCORE', KEYS[1] .. ':w', account) then return refuse('waiting') end\n"
        "  if not let_in or tonumber(let_in) <= now - ttl then return refuse('place') end\n"
        " elseif tonumber(arrival) < starts * 1000 or tonumber(arrival) <= us - ttl * 1000 then return refuse('place') end\n"
        " local number = tonumber(qty)\n"
        " if has[account] + number > tonumber(g.per) then return refuse('limit') end\n"
        " if units < number then return refuse('sold_out') end\n"
        " call('XADD', stream, '*', 'sale', sale, 'epoch', g.epoch, 'sku', g.sku, 'account', account, 'order', order,\n"
        "      'qty', qty, 'key', key, 'body', body, 'at', string.format('%.0f', now), 'data', data)\n"
        " units, has[account], known[keys[i]] = units - number, has[account] + number, order .. ':' .. body\n"
        " bs[account] = string.format('%.0f', has[account])\n"
        " ks[#ks + 1], ks[#ks + 2] = keys[i], known[keys[i]]\n"
        " os[#os + 1], os[#os + 2] = order, account .. ':' .. qty .. ':q'\n"
        " return {'ticket', order, g.epoch}\n"
        "end\n"
        "for i = 1, n do local o = 9 * i - 7 answers[i] = buy(i, unpack(ARGV, o + 1, o + 9)) end\n"
        "if #ks > 0 then\n"
        " local held = {}\n"
        " for account, number in pairs(bs) do held[#held + 1], held[#held + 2] = account, number end\n"
        " call('HINCRBY', KEYS[1], 'units', string.format('%.0f', units - g.units))\n"
        " call('HINCRBY', KEYS[1], 'in', #ks / 2)\n"
        " call('HSET', at .. ':b', unpack(held))\n"
        " call('HSET', at .. ':k', unpack(ks))\n"
        " call('HSET', at .. ':o', unpack(os))\n"
        "end\n"
        "for why, number in pairs(counts) do call('HINCRBY', KEYS[1], 'x:' .. why, number) end\n"
        "return answers\n",

    /* KEYS gate, stream; ARGV run, epoch of the entry, its id, order_id, why it was refused ('': it was ordered).
     * Answers 1: the entry is over and its outcome known · 0: it was over already, or of another epoch, and nothing changes */
    [GATE_SETTLE] =
        "if redis.call('XDEL', KEYS[2], ARGV[3]) == 0 then return 0 end\n"
        "if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[2] then return 0 end\n"
        "local at = KEYS[1] .. ':' .. ARGV[2]\n"
        "local held = redis.call('HGET', at .. ':o', ARGV[4])\n"
        "if not held then return 0 end\n"
        "local account, qty = string.match(held, '^(%d+):(%d+):')\n"
        "if ARGV[5] == '' then\n"
        "  redis.call('HSET', at .. ':o', ARGV[4], account .. ':' .. qty .. ':o')\n"
        "  redis.call('HINCRBY', KEYS[1], 'done', 1)\n"
        "  return 1\n"
        "end\n"
        "redis.call('HDEL', at .. ':o', ARGV[4])\n"
        "redis.call('HSET', at .. ':r', ARGV[4], ARGV[5])\n"
        "redis.call('HINCRBY', KEYS[1], 'units', qty)\n"
        "redis.call('HINCRBY', at .. ':b', account, -qty)\n"
        "redis.call('HINCRBY', KEYS[1], 'x:order', 1)\n"
        "return 1\n",

    /* KEYS gate; ARGV run, epoch, order_ids that gave their units back. Of an order that is known to have done so already, or
     * that this epoch never counted, nothing changes. Answers the run_id. */
    [GATE_RETURN] =
        "if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[2] then return ARGV[1] end\n"
        "local at = KEYS[1] .. ':' .. ARGV[2]\n"
        "for i = 3, #ARGV do\n"
        "  local held = redis.call('HGET', at .. ':o', ARGV[i])\n"
        "  if held then\n"
        "    local account, qty = string.match(held, '^(%d+):(%d+):')\n"
        "    redis.call('HDEL', at .. ':o', ARGV[i])\n"
        "    redis.call('HINCRBY', KEYS[1], 'units', qty)\n"
        "    redis.call('HINCRBY', at .. ':b', account, -qty)\n"
        "  end\n"
        "end\n"
        "return ARGV[1]\n",

    /* KEYS gate; ARGV run, the run_id that the filling began under, epoch, orders that were filled in before, a page of orders as
     * flash_live has them. One that is there already changes nothing, so a page may come twice. An hour after the last page all is
     * gone. Answers 1, or 0: Redis has lost what was filled in. */
    [GATE_FILL] =
        "local call, at = redis.call, KEYS[1] .. ':' .. ARGV[3]\n"
        "if ARGV[1] ~= ARGV[2] or call('HLEN', at .. ':o') < tonumber(ARGV[4]) then return 0 end\n"
        "local orders, ids = cjson.decode(ARGV[5]), {}\n"
        "for i, order in ipairs(orders) do ids[i] = order.order_id end\n"
        "local there, ks, os = call('HMGET', at .. ':o', unpack(ids)), {}, {}\n"
        "for i, order in ipairs(orders) do\n"
        "  if not there[i] then\n"
        "    local qty = string.format('%.0f', order.qty)\n"
        "    call('HINCRBY', at .. ':b', order.account_id, qty)\n"
        "    ks[#ks + 1], ks[#ks + 2] = order.account_id .. ':' .. order.key, order.order_id .. ':' .. order.body\n"
        "    os[#os + 1], os[#os + 2] = order.order_id, order.account_id .. ':' .. qty .. ':o'\n"
        "  end\n"
        "end\n"
        "if #os > 0 then call('HSET', at .. ':k', unpack(ks)) call('HSET', at .. ':o', unpack(os)) end\n"
        "for _, name in ipairs({':o', ':b', ':k'}) do call('EXPIRE', at .. name, 3600) end\n" /* first what is counted */
        "return 1\n",

    /* KEYS gate; ARGV run, the run_id that its hashes were filled under, epoch, orders that were filled in, then name and value
     * of the fields: sku, units, allotted, per, opens, starts, ends, room, bits, rate, attempts, reqs, ttl. The gate of this epoch
     * opens. Answers 1, or 0: a newer one is open, or Redis has lost what was filled in. */
    [GATE_PUBLISH] =
        "local old = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'born', 'adv')\n"
        "if ARGV[1] ~= ARGV[2] or redis.call('HLEN', KEYS[1] .. ':' .. ARGV[3] .. ':o') ~= tonumber(ARGV[4]) then return 0 end\n"
        "if old[1] == ARGV[1] and old[2] and tonumber(old[2]) >= tonumber(ARGV[3]) then return 0 end\n"
        CLOCK
        "local born, adv = string.format('%.0f', now), string.format('%.0f', now)\n"
        "if old[1] == ARGV[1] then born, adv = old[3] or born, old[4] or adv\n"
        "else redis.call('UNLINK', KEYS[1] .. ':s') end\n"
        "if old[2] and old[2] ~= ARGV[3] then local at = KEYS[1] .. ':' .. old[2]\n"
        "  redis.call('UNLINK', at .. ':b', at .. ':k', at .. ':o', at .. ':r') end\n"
        "for _, name in ipairs({':o', ':b', ':k'}) do redis.call('PERSIST', KEYS[1] .. ':' .. ARGV[3] .. name) end\n"
        "redis.call('DEL', KEYS[1])\n"
        "redis.call('HSET', KEYS[1], 'run', ARGV[1], 'epoch', ARGV[3], 'born', born, 'adv', adv, unpack(ARGV, 5))\n"
        "return 1\n",

    /* KEYS gate; ARGV run, epoch, allotted, per, ends, bits, rate, attempts, reqs, orders. What may change while it is open; units that
     * were allotted since are added. Answers 1, or 0: the gate is not of this server, or of another epoch. */
    [GATE_TUNE] =
        "local g = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'allotted')\n"
        "if g[1] ~= ARGV[1] or g[2] ~= ARGV[2] then return 0 end\n"
        "redis.call('HINCRBY', KEYS[1], 'units', ARGV[3] - g[3])\n"
        "redis.call('HSET', KEYS[1], 'allotted', ARGV[3], 'per', ARGV[4], 'ends', ARGV[5], 'bits', ARGV[6], 'rate', ARGV[7],\n"
        "           'attempts', ARGV[8], 'reqs', ARGV[9], 'orders', ARGV[10])\n"
        "return 1\n",
};
