/* Signing in and making an account. */

import { post } from '../api.js';
import * as cart from '../cart.js';
import { h, toast } from '../dom.js';
import { check, emailRule, field, onSubmit, passwordField, problemBox, tell } from '../form.js';
import { goInstead } from '../router.js';
import * as session from '../session.js';

const PASSWORD_MIN = 8;

/* A field for a password that is chosen now. */
export const newPassword = () => passwordField({
  name: 'password', label: 'Password', autocomplete: 'new-password', hint: `At least ${PASSWORD_MIN} characters. A short sentence is good.`, wide: true,
  rule: (text) => ([...text].length < PASSWORD_MIN ? `Please use at least ${PASSWORD_MIN} characters.` : null),
});

/* Where to go afterwards: only to a view of this page. */
function next(page) {
  const wanted = page.query.get('next') ?? '';
  return /^\/[a-z]/.test(wanted) ? `#${wanted}` : '#/';
}

const keepNext = (page, path) => (page.query.get('next') ? `${path}?next=${encodeURIComponent(page.query.get('next'))}` : path);

export function layout(page, title, intro, form, ...asides) {
  page.title(title);
  page.put(h('div', { class: 'slim' }, h('h1', { tabindex: -1 }, title), h('p', { class: 'muted' }, intro), form, ...asides));
  page.ready();
}

/* `came`: what became of the cart filled before signing in. */
function welcome(page, words, came) {
  const cartWords = { merged: ' What you put into the cart is in your account’s cart now.', merging: ' Your cart follows in a moment.', kept: ' Your cart follows as soon as it can be reached.' };
  toast(words + (cartWords[came] ?? ''));
  if (came === 'merging') cart.follow();
  goInstead(next(page));
}

/* "#/sign-in". */
export function signIn(page) {
  const box = problemBox();
  const email = field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username', maxlength: 254, rule: emailRule, wide: true, inputmode: 'email' });
  const password = passwordField({ name: 'password', label: 'Password', autocomplete: 'current-password', wide: true });
  const button = h('button', { class: 'button primary large full', type: 'submit' }, 'Sign in');
  const form = h('form', { class: 'form', novalidate: true }, box.node, h('div', { class: 'fields' }, email.node, password.node), button);
  onSubmit(form, button, async () => {
    box.hide();
    if (!check([email, password])) return;
    try {
      welcome(page, 'Welcome back.', await session.signIn(email.value, password.value));
    } catch (problem) {
      tell(problem, [email, password], box);
    }
  });
  layout(page, 'Sign in', 'See your orders and check out faster.', form,
    h('p', { class: 'aside' }, h('a', { href: '#/forgot-password' }, 'Forgot your password?')),
    h('p', { class: 'aside' }, 'New here? ', h('a', { href: keepNext(page, '#/register') }, 'Create an account'), '. You can also order as a guest.'));
}

/* "#/register". */
export function register(page) {
  const box = problemBox();
  const name = field({ name: 'name', label: 'Your name', autocomplete: 'name', maxlength: 100, optional: true, wide: true });
  const email = field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username', maxlength: 254, rule: emailRule, wide: true, inputmode: 'email' });
  const password = newPassword();
  const fields = [name, email, password];
  const button = h('button', { class: 'button primary large full', type: 'submit' }, 'Create account');
  const form = h('form', { class: 'form', novalidate: true }, box.node, h('div', { class: 'fields' }, fields.map((one) => one.node)), button);
  onSubmit(form, button, async () => {
    box.hide();
    if (!check(fields)) return;
    try {
      await post('/v1/accounts', { email: email.value, password: password.value, ...(name.value && { name: name.value }) });
      welcome(page, 'Welcome. Your account is ready.', await session.signIn(email.value, password.value));
    } catch (problem) {
      if (problem.code === 'session.refused') {
        email.mark('Please sign in: there is an account with this e-mail address.');
        email.input.focus();
      } else {
        tell(problem, fields, box);
      }
    }
  });
  layout(page, 'Create an account', 'It takes a minute and keeps your orders and addresses together.', form,
    h('p', { class: 'aside' }, 'Already have one? ', h('a', { href: keepNext(page, '#/sign-in') }, 'Sign in')));
}
