/* The document `souk admin openapi` prints, read by a public linter. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { ensure } from './shop.mjs';

const run = promisify(execFile);

/* The linter's own "spec" rules and those of its recommended set that say whether the document is right; the rest is about publishing. */
const RULES = { 'info-license': 'off', 'operation-4xx-response': 'error', 'operation-operationId-unique': 'error', 'path-parameters-defined': 'error', 'no-unused-components': 'error' };

export const tests = {
  'souk admin openapi passes the linter': async (shop) => {
    const { stdout } = await run(shop.souk, ['admin', '--config', path.join(shop.state, 'souk.conf'), 'openapi'], { maxBuffer: 8 << 20 });
    ensure(JSON.parse(stdout).openapi.startsWith('3.1'), 'not OpenAPI 3.1');
    const config = await createConfig({ extends: ['recommended'], rules: RULES });
    const problems = (await lintFromString({ source: stdout, config })).filter((problem) => problem.severity === 'error');
    ensure(problems.length === 0, problems.map((problem) => `${problem.ruleId}: ${problem.message} ${problem.location[0]?.pointer ?? ''}`).join('\n'));
  },
};
