/* Runs the tests of this folder one after the other and counts; one that fails is tried again, and listed as rerun. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Shop } from './shop.mjs';

const SUITES = ['openapi', 'buying', 'cart', 'offers', 'keyboard', 'trouble', 'refine', 'search', 'session', 'account', 'staff', 'returns', 'flash', 'looks'];
const TEST_MS_MAX = 240_000;
const TRIES = 3;

const within = (work) => {
  let timer;
  const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done after ${TEST_MS_MAX / 1000} s`)), TEST_MS_MAX); });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
};

async function attempt(shop, suite, name, test, last) {
  const started = Date.now();
  try {
    await within(test(shop));
    await shop.leave();
    console.log(`ok - ${suite}: ${name} (${Date.now() - started} ms)`);
    return true;
  } catch (error) {
    const folder = path.join(process.env.BUILD ?? 'build', 'test-shots');
    await mkdir(folder, { recursive: true });
    await shop.photograph(path.join(folder, `${suite}-${name.replace(/\W+/g, '-')}.png`));
    await shop.leave().catch(() => {});
    console.log(`${last ? 'not ok' : 'rerun'} - ${suite}: ${name} (${Date.now() - started} ms)`);
    console.log(String(error.stack ?? error).replace(/^/gm, '  # '));
    return false;
  }
}

async function passes(shop, suite, name, test) {
  for (let n = 1; n <= TRIES; n++) if (await attempt(shop, suite, name, test, n === TRIES)) return true;
  return false;
}

async function main(words) {
  const shop = await Shop.open();
  const count = { passed: 0, failed: 0 };
  for (const suite of SUITES) {
    const { tests } = await import(`./${suite}.mjs`);
    for (const [name, test] of Object.entries(tests)) {
      if (words.length > 0 && !words.some((word) => `${suite}: ${name}`.includes(word))) continue;
      count[(await passes(shop, suite, name, test)) ? 'passed' : 'failed']++;
    }
  }
  await shop.close();
  console.log(`${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
