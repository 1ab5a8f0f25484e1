/* Accounts: addresses confirmed by mail, forgotten passwords replaced. */

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ensure, intoCart, newEmail, PASSWORD, signIn } from './shop.mjs';

const HTTP_ERROR = /Failed to load resource/;

/* The address after "#" in the newest mail to `email` whose link leads to `view`. */
const linkIn = (shop, email, view) => shop.until(async () => {
  const folder = path.join(shop.state, 'mail');
  const files = (await readdir(folder)).filter((name) => name.startsWith(email)).sort().reverse();
  for (const name of files) {
    const link = (await readFile(path.join(folder, name), 'utf8')).replaceAll('=\r\n', '').replaceAll('=\n', '').match(new RegExp(`#/${view}/[\\w-]{54}`));
    if (link) return link[0];
  }
  return null;
}, `no mail to ${email} leads to ${view}`, 120);

async function register(page, email) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Your account is ready').waitFor();
}

export const tests = {
  'an address is confirmed by the link in a mail, once': async (shop) => {
    const email = newEmail();
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/register?next=/account');
    await register(page, email);
    await page.getByText('We have sent you a link to confirm this address').waitFor();
    await page.getByRole('button', { name: 'Send it again' }).click();
    await page.getByText('The link is on its way again').waitFor();
    const link = await linkIn(shop, email, 'verify');
    await shop.to(page, link);
    await page.getByText(`${email} is confirmed`).waitFor();
    await page.getByRole('link', { name: 'To your account' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    ensure(!(await page.getByText('We have sent you a link').isVisible()), 'the account asks for what was done');
    await shop.to(page, link);
    await page.getByRole('heading', { level: 1, name: 'This link does not work' }).waitFor();
  },

  'a forgotten password is replaced, and strangers learn nothing': async (shop) => {
    const { email } = await shop.newAccount();
    const page = await shop.visit({ expected: HTTP_ERROR });
    for (const asked of [newEmail(), email]) {
      await shop.to(page, '#/sign-in');
      await page.getByRole('link', { name: 'Forgot your password?' }).click();
      await page.getByRole('button', { name: 'Send me a link' }).waitFor(); // who signs in is asked for an address, too
      await page.getByLabel('E-mail').fill(asked);
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByText(`If there is an account with ${asked}`).waitFor();
    }
    const link = await linkIn(shop, email, 'reset-password');
    await shop.to(page, link);
    await page.getByLabel('Password', { exact: true }).fill('another bowl of lentils');
    await page.getByRole('button', { name: 'Use this password' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await shop.to(page, '#/sign-in');
    await signIn(page, email);
    await page.getByText('E-mail or password is wrong').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('another bowl of lentils');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Account', exact: true }).waitFor();
    await shop.to(page, link);
    await page.getByLabel('Password', { exact: true }).fill('a third bowl of lentils');
    await page.getByRole('button', { name: 'Use this password' }).click();
    await page.getByText('This link was used before or is too old').waitFor();
  },

  'another address counts once its mail is answered': async (shop) => {
    const { email } = await shop.newAccount();
    const wanted = newEmail();
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/sign-in?next=/account');
    await signIn(page, email);
    await page.getByText('Use another e-mail address').click();
    await page.getByLabel('New e-mail address').fill('nothing');
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByText('Please give an e-mail address like').waitFor();
    await page.getByLabel('New e-mail address').fill(wanted);
    await page.locator('details[open]').getByLabel('Your password', { exact: true }).fill('not my password');
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByText('This is not your password').waitFor();
    await page.locator('details[open]').getByLabel('Your password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByText(`We have sent a link to ${wanted}`).first().waitFor();
    await shop.to(page, await linkIn(shop, wanted, 'verify'));
    await page.getByText(`${wanted} is confirmed`).waitFor();
    await page.getByRole('link', { name: 'To your account' }).click();
    await page.getByText(`Signed in as ${wanted}`).waitFor();
    ensure(!(await page.getByText('We have sent a link').isVisible()), 'the account waits for what was done');
    ensure((await page.evaluate(() => JSON.parse(localStorage.getItem('souk.session')).account.email)) === wanted, 'the browser has the old address');
    await page.getByRole('button', { name: 'Get a new password' }).click();
    await linkIn(shop, wanted, 'reset-password');
  },

  'an account is deleted with its password, and what goes and stays is said': async (shop) => {
    const product = await shop.product({ colours: [] });
    const { email } = await shop.newAccount();
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/sign-in?next=/account');
    await signIn(page, email);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await intoCart(shop, page, product);
    await shop.to(page, '#/account');
    await page.getByText('Delete this account').click();
    await page.getByText('Your address book and your cart').waitFor();
    await page.getByText('Orders and payments, without you in them').waitFor();
    const sure = page.getByRole('dialog', { name: 'Delete your account?' });
    for (const [password, keep] of [['not my password', false], [PASSWORD, true], [PASSWORD, false]]) {
      await page.locator('details[open]').getByLabel('Your password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Delete the account' }).click();
      await sure.getByRole('button', { name: keep ? 'Keep it' : 'Delete it for good' }).click();
      if (password !== PASSWORD) await page.getByText('This is not your password').waitFor();
    }
    await page.getByRole('heading', { level: 1, name: 'Your account is deleted' }).waitFor();
    ensure((await page.evaluate(() => localStorage.getItem('souk.session') ?? localStorage.getItem('souk.cart'))) === null, 'the browser remembers the account');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, email);
    await page.getByText('E-mail or password is wrong').waitFor();
  },

  'an address that has an account already is treated like any other': async (shop) => {
    const { email } = await shop.newAccount();
    const page = await shop.visit();
    await shop.to(page, '#/register');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('quite another password');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Your account is ready').waitFor();
  },
};
