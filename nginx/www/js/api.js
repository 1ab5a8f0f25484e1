/* The one door to the API: timeouts, one gentle retry of reads, tokens, and errors as class Problem. */

import * as session from './session.js';

const TIMEOUT_MS = 12_000;
const READ_TRIES = 3;
const WAIT_MS_MAX = 4_000;

/* Why a request failed. `code` is the API's problem code, or one of offline, unreachable, timeout, unreadable. */
export class Problem extends Error {
  constructor(code, { status = 0, title = '', detail = '', errors = [], requestId = '', retryAfterMs = 0 } = {}) {
    super(title || code);
    Object.assign(this, { code, status, title, detail, errors, requestId, retryAfterMs });
  }

  /* Might the same request succeed a little later? */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }

  /* May it have done its work all the same? */
  get unknown() {
    return this.status === 0 || this.status >= 500;
  }
}

export const pause = (ms, signal) => new Promise((resolve, reject) => {
  const stop = () => { clearTimeout(timer); reject(signal.reason); };
  const timer = setTimeout(() => { signal?.removeEventListener('abort', stop); resolve(); }, ms);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
});

function retryAfterMs(response) {
  const seconds = Number(response.headers.get('Retry-After'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // an answer of something in between, not of the API
  }
  return new Problem(body.code ?? (response.status >= 500 ? 'unavailable' : 'unreadable'), {
    status: response.status, title: body.title, detail: body.detail, errors: body.errors,
    requestId: body.request_id ?? response.headers.get('X-Request-Id') ?? '', retryAfterMs: retryAfterMs(response),
  });
}

async function send(method, path, { body, key, etag, signal, token }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  if (etag) headers[method === 'GET' ? 'If-None-Match' : 'If-Match'] = etag;
  if (token) headers.Authorization = `Bearer ${token}`;
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(() => limit.abort('timeout'), TIMEOUT_MS);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(path, { method, headers, body: text, signal: limit.signal, cache: 'no-store', credentials: 'omit' });
    if (!response.ok && response.status !== 304) throw await problemOf(response);
    const data = response.status === 204 || response.status === 304 ? null : await response.json();
    return { status: response.status, data, etag: response.headers.get('ETag'), retryAfterMs: retryAfterMs(response) };
  } catch (error) {
    if (error instanceof Problem || signal?.aborted) throw error;
    if (limit.signal.aborted) throw new Problem('timeout');
    throw new Problem(navigator.onLine === false ? 'offline' : error instanceof SyntaxError ? 'unreadable' : 'unreachable');
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/* As `send`, in the name of `as`: account, guest, either (whoever is here), or no one. An expired access token is renewed once. */
async function sendAs(as, method, path, options) {
  const token = await session.token(as);
  try {
    return await send(method, path, { ...options, token });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || !token) throw error;
    if (error.code !== 'auth.token_expired' && error.code !== 'auth.token_invalid') throw error;
    return send(method, path, { ...options, token: await session.renew(as, token) });
  }
}

/* One request; resolves to {status, data, etag, retryAfterMs}. Reads, writes that carry a key, and those that say the same when they are said twice
 * (`again`) are tried again when the trouble looks passing. */
export async function call(method, path, options = {}) {
  const tries = method === 'GET' || options.key || options.again ? READ_TRIES : 1;
  for (let n = 1; ; n++) {
    try {
      return await sendAs(options.as, method, path, options);
    } catch (error) {
      if (!(error instanceof Problem) || n >= tries || navigator.onLine === false) throw error;
      if (!error.passing && error.code !== 'idempotency.in_progress') throw error;
      if (error.code === 'timeout' || error.retryAfterMs > WAIT_MS_MAX) throw error;
      await pause(Math.max(error.retryAfterMs, 250 * 2 ** n * (0.5 + Math.random())), options.signal);
    }
  }
}

/* The data of the first server-sent event of `path`; null when the stream ends without one or cannot be had. It waits as long as the
 * server does. */
export async function news(path, { as, signal }) {
  const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${await session.token(as)}` };
  try {
    const response = await fetch(path, { headers, signal, cache: 'no-store', credentials: 'omit' });
    if (!response.ok) return null;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += part.value;
      const data = /^data: ?(.*)\r?\n\r?\n/m.exec(text);
      if (data) {
        reader.cancel();
        return JSON.parse(data[1]);
      }
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return null;
}

export const get = async (path, options) => (await call('GET', path, options)).data;
export const post = async (path, body, options) => (await call('POST', path, { ...options, body })).data;

/* "/v1/x?a=b" of the parameters that have a value. */
export function withQuery(path, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== ''));
  return query.toString() === '' ? path : `${path}?${query}`;
}

/* 128 random bits in hex. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
