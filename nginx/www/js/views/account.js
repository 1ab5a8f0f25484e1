/* The account: name, e-mail address, password, addresses, signing out, deleting it. */

import { call, get, newKey, post } from '../api.js';
import { addressForm, addressLines } from '../address.js';
import * as cart from '../cart.js';
import { announce, h, toast } from '../dom.js';
import { check, emailRule, field, onSubmit, passwordField, problemBox, setBusy, tell, whileBusy } from '../form.js';
import { empty, loading, skeleton } from '../parts.js';
import { go, goInstead } from '../router.js';
import * as session from '../session.js';
import { problemWords } from '../words.js';

const AS = { as: 'account' };

/* An address that nobody has confirmed yet: says so and sends the mail again. */
function unverified(me) {
  if (me.email_verified !== false) return null;
  const told = h('p', { role: 'status' }, 'We have sent you a link to confirm this address.');
  const again = h('button', { type: 'button', class: 'text-button' }, 'Send it again');
  again.addEventListener('click', async () => {
    if (again.getAttribute('aria-disabled')) return;
    setBusy(again, true);
    try {
      await call('POST', '/v1/accounts/verification', AS);
      told.textContent = 'The link is on its way again. Please look into your mail.';
    } catch (problem) {
      told.textContent = problemWords(problem);
    } finally {
      setBusy(again, false);
    }
  });
  return h('div', { class: 'notice' }, told, again);
}

/* The account's password, asked for again where it matters. A wrong one is said beside it. */
const ownPassword = () => passwordField({ name: 'password', label: 'Your password', autocomplete: 'current-password', wide: true });

function tellOf(problem, fields, box) {
  const password = fields.find((one) => one.name === 'password');
  if (problem.code !== 'account.password_wrong') tell(problem, fields, box);
  else {
    password.mark(problemWords(problem));
    password.input.focus();
  }
}

/* Another address to sign in with. It counts when the mail that goes there is answered. */
function emailPart(me) {
  const waits = me.pending_email && h('div', { class: 'notice' }, h('p', null, 'We have sent a link to ', h('strong', null, me.pending_email), '. Open it, and you sign in with that address from then on. Until then ', h('strong', null, me.email), ' stays.'), h('p', { class: 'small' }, 'The link works once, for three days. You can ask for another one, or for another address, here.'));
  const box = problemBox();
  const email = field({ name: 'email', label: 'New e-mail address', type: 'email', autocomplete: 'email', inputmode: 'email', maxlength: 254, rule: emailRule, wide: true, value: me.pending_email ?? '' });
  const password = ownPassword();
  const fields = [email, password];
  const button = h('button', { class: 'button primary', type: 'submit' }, 'Send me a link');
  const form = h('form', { class: 'form', novalidate: true }, box.node, h('div', { class: 'fields' }, fields.map((one) => one.node)), button);
  const details = h('details', { class: 'more' }, h('summary', null, 'Use another e-mail address'), form);
  const node = h('div', null, waits, details);
  onSubmit(form, button, async () => {
    box.hide();
    if (!check(fields)) return;
    try {
      const { data } = await call('PATCH', '/v1/me', { ...AS, body: { email: email.value, password: password.value } });
      const next = emailPart(data);
      node.replaceWith(next);
      next.querySelector('summary').focus();
      announce(data.pending_email ? `We have sent a link to ${data.pending_email}.` : 'Nothing has changed.');
    } catch (problem) {
      tellOf(problem, fields, box);
    }
  });
  return node;
}

/* A new password comes by the same mail as a forgotten one. */
function passwordPart(me) {
  const told = h('p', { role: 'status', class: 'told' });
  const button = h('button', { type: 'button', class: 'text-button' }, 'Get a new password');
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled')) return;
    setBusy(button, true);
    try {
      await post('/v1/password-resets', { email: me.email });
      told.textContent = `A link is on its way to ${me.email}. It is good for an hour; choosing a new password signs you out everywhere else.`;
    } catch (problem) {
      told.textContent = problemWords(problem);
    } finally {
      setBusy(button, false);
    }
  });
  return h('div', null, button, told);
}

/* Deleting: what goes, what stays, the password, and one more question. */
function deletePart(page, me) {
  const box = problemBox();
  const password = ownPassword();
  const button = h('button', { class: 'button danger', type: 'submit' }, 'Delete the account');
  const form = h('form', { class: 'form', novalidate: true }, box.node, password.node, button);
  async function go() {
    setBusy(button, true);
    try {
      await call('DELETE', '/v1/me', { ...AS, body: { password: password.value } });
      session.left();
      cart.leave();
      page.title('Your account is deleted');
      page.put(empty('Your account is deleted', `Thank you for having been here. We have told ${me.email}, and forget the rest.`, h('a', { class: 'button', href: '#/' }, 'To the shop')));
      page.ready();
    } catch (problem) {
      tellOf(problem, [password], box);
    } finally {
      setBusy(button, false);
    }
  }
  onSubmit(form, button, async () => {
    box.hide();
    if (check([password])) ask(go);
  });
  return h('details', { class: 'more' }, h('summary', null, 'Delete this account'),
    h('div', { class: 'two-lists' },
      h('div', null, h('h3', null, 'What goes at once'), h('ul', null, ['Your name, e-mail address and password', 'Your address book and your cart', 'What we thought you might like', 'Name, address and note on orders that have ended'].map((text) => h('li', null, text)))),
      h('div', null, h('h3', null, 'What stays'), h('ul', null, ['Orders and payments, without you in them: the law asks for it', 'Orders on their way keep their address until they have arrived'].map((text) => h('li', null, text))))),
    h('p', null, 'You are signed out everywhere. Nobody can bring the account back, but you can open a new one with the same address.'), form);
}

/* Asks once more; Escape and the first button keep the account. */
function ask(yes) {
  const keep = h('button', { class: 'button', type: 'button', onclick: () => box.close() }, 'Keep it');
  const end = h('button', { class: 'button danger', type: 'button', onclick: () => { box.close(); yes(); } }, 'Delete it for good');
  const box = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title' }, h('h2', { id: 'ask-title' }, 'Delete your account?'), h('p', null, 'This cannot be undone.'), h('div', { class: 'actions' }, keep, end));
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
  keep.focus();
}

function nameForm(me) {
  const box = problemBox();
  const name = field({ name: 'name', label: 'Name', autocomplete: 'name', maxlength: 100, value: me.name ?? '', wide: true });
  const button = h('button', { class: 'button', type: 'submit' }, 'Save');
  const form = h('form', { class: 'form', novalidate: true }, box.node, name.node, button);
  onSubmit(form, button, async () => {
    box.hide();
    if (!check([name])) return;
    try {
      const { data } = await call('PATCH', '/v1/me', { ...AS, body: { name: name.value } });
      session.rename(data.name);
      toast('Your name is saved.');
    } catch (problem) {
      tell(problem, [name], box);
    }
  });
  return form;
}

/* One address on show, with its buttons. */
function addressCard(address, redraw, edit) {
  const told = h('p', { class: 'error', role: 'alert' });
  const act = (text, hidden, work) => h('button', { type: 'button', class: 'text-button', onclick: (event) => whileBusy(event.currentTarget, told, work) }, text, h('span', { class: 'hidden' }, hidden));
  const whose = ` the address of ${address.name}`;
  const path = `/v1/me/addresses/${address.address_id}`;
  return h('li', { class: 'panel address-card' },
    address.is_default && h('p', { class: 'state good' }, 'Default'), addressLines(address),
    h('div', { class: 'line-tools' },
      h('button', { type: 'button', class: 'text-button', onclick: () => edit(address) }, 'Change', h('span', { class: 'hidden' }, whose)),
      !address.is_default && act('Make default', whose, async () => {
        await call('PATCH', path, { ...AS, body: { is_default: true } });
        await redraw('This is your default address now.');
      }),
      act('Remove', whose, async () => {
        await call('DELETE', path, AS);
        await redraw('The address was removed.');
      })),
    told);
}

/* Changes `address`, or makes a new one. */
function addressEditor(address, done, stop) {
  const box = problemBox();
  const parts = addressForm(address ?? {});
  const button = h('button', { class: 'button primary', type: 'submit' }, 'Save address');
  const form = h('form', { class: 'form panel', novalidate: true }, h('h3', { tabindex: -1 }, address ? 'Change the address' : 'A new address'), box.node, parts.node,
    h('div', { class: 'actions' }, button, h('button', { class: 'button quiet', type: 'button', onclick: stop }, 'Leave it')));
  onSubmit(form, button, async () => {
    box.hide();
    if (!check(parts.fields)) return;
    try {
      const cleared = address ? { phone: null, region: null, line2: null, postal_code: null } : {};
      if (address) await call('PATCH', `/v1/me/addresses/${address.address_id}`, { ...AS, body: { ...cleared, ...parts.value() } });
      else await call('POST', '/v1/me/addresses', { ...AS, key: newKey(), body: parts.value() });
      await done('The address is saved.');
    } catch (problem) {
      tell(problem, parts.fields, box);
    }
  });
  return form;
}

function addressBook(first, signal) {
  const node = h('section', { class: 'addresses' });
  const title = h('h2', { tabindex: -1 }, 'Addresses');

  let shown = first;

  function draw(items) {
    shown = items;
    const add = h('button', { type: 'button', class: 'button', onclick: () => edit(null) }, 'Add an address');
    const list = items.length > 0 ? h('ul', { class: 'address-list' }, items.map((one) => addressCard(one, redraw, edit))) : h('p', { class: 'muted' }, 'None yet. Save one here or at the checkout.');
    node.replaceChildren(title, list, add);
  }
  async function redraw(words) {
    const answer = await get('/v1/me/addresses?limit=100', { ...AS, signal });
    draw(answer.items);
    title.focus();
    announce(words);
  }
  function edit(address) {
    const form = addressEditor(address, redraw, () => { draw(shown); title.focus(); });
    node.replaceChildren(title, form);
    form.querySelector('h3').focus();
  }
  draw(first);
  return node;
}

/* "#/account". */
export async function account(page) {
  page.title('Your account');
  if (!session.account()) {
    goInstead('#/sign-in?next=/account');
    return;
  }
  page.put(loading('Loading your account', h('div', { class: 'narrow' }, skeleton('row-shape', 3))));
  const [me, addresses] = await Promise.all([get('/v1/me', { ...AS, signal: page.signal }), get('/v1/me/addresses?limit=100', { ...AS, signal: page.signal })]);
  const out = h('button', { class: 'button', type: 'button' }, 'Sign out');
  out.addEventListener('click', async () => {
    setBusy(out, true);
    await session.signOut();
    cart.leave();
    toast('You are signed out.');
    go('#/');
  });
  page.put(h('div', { class: 'narrow account' },
    h('h1', { tabindex: -1 }, me.name ? `Hello, ${me.name}` : 'Your account'),
    h('section', null, h('h2', null, 'You'), nameForm(me)),
    h('section', null, h('h2', null, 'Signing in'), h('p', { class: 'muted' }, 'Signed in as ', h('strong', null, me.email)), unverified(me), emailPart(me), passwordPart(me)),
    addressBook(addresses.items, page.signal),
    h('section', null, h('h2', null, 'Leaving?'), h('p', { class: 'muted' }, 'Your cart stays with your account and waits for you, here or on another device.'), out, deletePart(page, me))));
  page.ready();
}
