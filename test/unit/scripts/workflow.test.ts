import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isObject, parseJson } from '../../../src/common/json';

const root = path.resolve(__dirname, '../../..');
/** mocha reads its own settings with this one. */
const yaml: unknown = createRequire(require.resolve('mocha'))('js-yaml');

function parseYaml(text: string): unknown {
  assert.ok(isObject(yaml) && typeof yaml['load'] === 'function');
  return Reflect.apply(yaml['load'], undefined, [text]);
}

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

/** Every step of every job. */
function stepsOf(workflow: unknown): readonly Step[] {
  assert.ok(isObject(workflow) && isObject(workflow['jobs']));
  return Object.entries(workflow['jobs']).flatMap(([name, job]) => {
    assert.ok(isObject(job) && Array.isArray(job['steps']), name);
    assert.equal(typeof job['runs-on'], 'string', name);
    assert.equal(typeof job['timeout-minutes'], 'number', `${name} could hang for ever`);
    return job['steps'].map((step: unknown) => {
      assert.ok(isObject(step), name);
      const { run, uses } = step;
      assert.equal((typeof run === 'string') !== (typeof uses === 'string'), true, name);
      return {
        ...(typeof run === 'string' ? { run } : {}),
        ...(typeof uses === 'string' ? { uses } : {}),
      };
    });
  });
}

describe('the workflow of the hosting service', () => {
  const text = readFileSync(path.join(root, '.github/workflows/ci.yml'), 'utf8');
  const steps = stepsOf(parseYaml(text));

  it('says that it has never been run', () => assert.match(text, /^# Never run yet/));

  it('runs on Linux, macOS and Windows', () => {
    for (const system of ['ubuntu-latest', 'macos-latest', 'windows-latest']) {
      assert.ok(text.includes(system), system);
    }
  });

  it('calls only scripts and files that are there', () => {
    const manifest = parseJson(readFileSync(path.join(root, 'package.json'), 'utf8'));
    assert.ok(isObject(manifest) && isObject(manifest['scripts']));
    const { scripts } = manifest;
    const commands = steps.flatMap(({ run }) => run ?? []);
    assert.ok(commands.length > 5);
    for (const command of commands) {
      for (const [, script = ''] of command.matchAll(/npm run ([\w:]+)/g)) {
        assert.ok(script in scripts, command);
      }
      for (const [, file = ''] of command.matchAll(/node (scripts\/\S+)/g)) {
        assert.ok(existsSync(path.join(root, file)), command);
      }
      for (const [, tiers = ''] of command.matchAll(/--only (\S+)/g)) {
        for (const tier of tiers.split(',')) {
          assert.ok(['lint', 'unit', 'build', 'models', 'integration', 'e2e'].includes(tier), tier);
        }
      }
    }
  });

  it('keeps what it packs, takes actions of a named version, and has no secret', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    assert.ok(actions.some((action) => action.startsWith('actions/upload-artifact')));
    for (const action of actions) assert.match(action, /^actions\/[\w-]+@v\d+$/);
    assert.doesNotMatch(text, /secrets\./);
  });
});
