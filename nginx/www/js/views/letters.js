/* Where the links in the shop's mails lead: confirming an address, a new password. Their tokens work once. */

import { call, get, post } from '../api.js';
import { h, toast } from '../dom.js';
import { check, emailRule, field, onSubmit, problemBox, tell } from '../form.js';
import { empty, loading, skeleton } from '../parts.js';
import { goInstead } from '../router.js';
import * as session from '../session.js';
import { problemWords } from '../words.js';
import { layout, newPassword } from './sign.js';

/* "#/verify/<token>". */
export async function verify(page) {
  page.title('Your e-mail address');
  page.put(loading('Confirming your address', h('div', { class: 'slim' }, skeleton('row-shape', 1))));
  try {
    const { data } = await call('POST', '/v1/accounts/verify', { body: { token: page.parameters[0] }, signal: page.signal });
    if (session.account()) await get('/v1/me', { as: 'account', signal: page.signal }).then((me) => session.readdress(me.email)).catch(() => {}); // it may be somebody else's
    page.put(empty('Thank you', `${data.email} is confirmed.`, h('a', { class: 'button primary', href: session.account() ? '#/account' : '#/sign-in' }, session.account() ? 'To your account' : 'Sign in'), h('a', { class: 'button', href: '#/' }, 'To the shop')));
  } catch (problem) {
    if (problem.code !== 'account.token_invalid' && problem.code !== 'account.email_taken' && problem.code !== 'request.invalid') throw problem;
    page.put(empty('This link does not work', problemWords({ ...problem, code: problem.code === 'request.invalid' ? 'account.token_invalid' : problem.code }), h('a', { class: 'button primary', href: '#/account' }, 'To your account')));
  }
  page.ready();
}

/* "#/forgot-password". What it says is the same whether there is such an account or not. */
export function forgotPassword(page) {
  const box = problemBox();
  const email = field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username', maxlength: 254, rule: emailRule, wide: true, inputmode: 'email' });
  const button = h('button', { class: 'button primary large full', type: 'submit' }, 'Send me a link');
  const form = h('form', { class: 'form', novalidate: true }, box.node, email.node, button);
  onSubmit(form, button, async () => {
    box.hide();
    if (!check([email])) return;
    try {
      await post('/v1/password-resets', { email: email.value });
      page.put(empty('Look into your mail', `If there is an account with ${email.value}, a link for a new password is on its way. It is good for an hour.`, h('a', { class: 'button', href: '#/sign-in' }, 'Sign in')));
      page.ready();
    } catch (problem) {
      tell(problem, [email], box);
    }
  });
  layout(page, 'A new password', 'Tell us your address, and we send you a link.', form, h('p', { class: 'aside' }, h('a', { href: '#/sign-in' }, 'Back to signing in')));
}

/* "#/reset-password/<token>". */
export function resetPassword(page) {
  const box = problemBox();
  const password = newPassword();
  const button = h('button', { class: 'button primary large full', type: 'submit' }, 'Use this password');
  const form = h('form', { class: 'form', novalidate: true }, box.node, password.node, button);
  onSubmit(form, button, async () => {
    box.hide();
    if (!check([password])) return;
    try {
      const { email } = await post('/v1/password-resets/confirm', { token: page.parameters[0], password: password.value });
      await session.signIn(email, password.value);
      toast('Your new password works. You are signed out everywhere else.');
      goInstead('#/account');
    } catch (problem) {
      tell(problem, [password], box);
      if (problem.code === 'account.token_invalid') box.node.append(h('p', null, h('a', { href: '#/forgot-password' }, 'Ask for a new link')));
    }
  });
  layout(page, 'A new password', 'Choose one that you use nowhere else.', form, null);
}
