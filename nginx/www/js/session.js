/* Who is here: an account signed in, a guest, or no one. Tokens are kept and renewed here and nowhere else.
 *
 * A renewal is made once however many requests wait for it, and by one tab at a time: the refresh token changes with each use.
 */
import { call, Problem } from './api.js';
import { forget, onElsewhere, read, write } from './keep.js';

const EARLY_MS = 20_000; // renew this long before the token ends

const listeners = new Set();
const changed = () => listeners.forEach((listener) => listener());
onElsewhere('session', changed);

export const onChange = (listener) => listeners.add(listener);

const stored = (as) => read(as === 'guest' ? 'guest' : 'session', null);

/* {account_id, name, email, roles} of the account signed in, or null. */
export const account = () => stored('account')?.account ?? null;
export const guest = () => stored('guest');

/* Whose the cart is: the account's id, or the guest's; null where nobody is known yet. */
export const ownerId = () => account()?.account_id ?? guest()?.account_id ?? null;

const living = (now) => Boolean(now && now.ends > Date.now() + EARLY_MS);

/* Who a request of kind `as` is made by. */
function party(as) {
  if (as === 'either') return stored('account') ? 'account' : 'guest';
  return as;
}

function keep(answer, email) {
  const account = { ...stored('account')?.account, ...answer.account };
  if (email) account.email = email;
  write('session', { access: answer.access_token, refresh: answer.refresh_token, ends: Date.now() + answer.expires_in * 1000, account });
  changed();
}

/* The cart of the guest who signs in comes along. Resolves to what became of it: merged, merging (it follows within seconds), empty, or
 * kept (it could not be taken along; the cart tries again), or null where nobody was a guest. */
export async function signIn(email, password) {
  const from = living(guest()) ? guest() : null;
  const { data } = await call('POST', '/v1/sessions', { body: { email, password, ...(from && { guest_token: from.access }) } });
  if (data.guest_cart === 'kept') write('unmerged', { token: from.access, ends: from.ends });
  keep(data, email);
  return data.guest_cart ?? null;
}

export async function signOut() {
  try {
    await call('DELETE', '/v1/sessions', { as: 'account' });
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // this browser forgets the session in any case
  }
  forget('session');
  changed();
}

/* The account is there no more: this browser forgets it. */
export function left() {
  forget('session');
  changed();
}

/* The account's address is another one by now. */
export function readdress(email) {
  const now = stored('account');
  if (!now) return;
  write('session', { ...now, account: { ...now.account, email } });
  changed();
}

export function rename(name) {
  const now = stored('account');
  if (!now) return;
  write('session', { ...now, account: { ...now.account, name } });
  changed();
}

let becoming = null;

/* Makes sure that there is someone who has a cart: the account, or a guest made now. */
export async function ensureSomeone() {
  if (stored('account') || living(guest())) return;
  becoming ??= call('POST', '/v1/guests')
    .then(({ data }) => write('guest', { access: data.access_token, account_id: data.account_id, ends: Date.now() + data.expires_in * 1000 }))
    .finally(() => { becoming = null; });
  await becoming;
}

let renewing = null;

async function refresh(old) {
  const now = stored('account');
  if (!now) throw new Problem('auth.required', { status: 401 });
  if (now.access !== old) return now.access; // another tab was faster
  try {
    const answer = await call('POST', '/v1/sessions/refresh', { body: { refresh_token: now.refresh } });
    keep(answer.data);
    return answer.data.access_token;
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 0 || error.status >= 500 || error.status === 429) throw error;
    forget('session');
    changed();
    throw new Problem('session.expired', { status: 401 });
  }
}

/* A new access token instead of `old`. A guest's cannot be renewed: it is forgotten, and who orders next is a new guest. */
export function renew(as, old) {
  if (party(as) === 'guest') {
    forget('guest');
    return Promise.reject(new Problem('guest.expired', { status: 401 }));
  }
  const locked = () => (navigator.locks ? navigator.locks.request('souk.session', () => refresh(old)) : refresh(old));
  renewing ??= locked().finally(() => { renewing = null; });
  return renewing;
}

/* The access token for a request of kind `as`, renewed when it is about to end; null without one. */
export async function token(as) {
  const who = party(as);
  const now = who ? stored(who) : null;
  if (!now) return null;
  return who === 'account' && now.ends < Date.now() + EARLY_MS ? renew(as, now.access) : now.access;
}

/* Orders a guest placed stay the guest's when someone signs in later in this browser. */
export function orderOwner(orderId) {
  return stored('account') && !read('guest_orders', []).includes(orderId) ? 'account' : 'guest';
}

export function rememberOrder(orderId) {
  if (!stored('account')) write('guest_orders', [orderId, ...read('guest_orders', [])].slice(0, 50));
}
