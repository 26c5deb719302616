import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { AsrError, Cancelled } from '../../src/common/asrError';
import { localized } from '../../src/common/localizedMessage';
import { errorCodes, type ErrorCode } from '../../src/protocol/errorCode';
import { detailsText } from '../../src/vscode/ui/detailsText';
import { ErrorMessages } from '../../src/vscode/ui/errorMessages';
import { Dialogs } from './dialogs';

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // These tests look at messages that are shown, not logged.
}

/** The buttons that each code offers, in order; written out here, so that a change of the table is noticed. */
const offered: Readonly<Record<ErrorCode, readonly string[]>> = {
  network: ['Retry', 'Diagnose Connection…', 'Show Log'],
  proxy: ['Open Proxy Settings', 'Diagnose Connection…', 'Retry'],
  tls: ['Diagnose Connection…', 'Open Proxy Settings', 'Retry'],
  auth: ['Set Token…', 'Retry', 'Show Log'],
  gated: ['Open Licence Page', 'Set Token…', 'Retry'],
  notFound: ['Copy Details', 'Show Log'],
  rateLimited: ['Retry', 'Set Token…', 'Show Log'],
  diskSpace: ['Free Up Space…', 'Change Folder…', 'Retry'],
  diskPermission: ['Change Folder…', 'Retry', 'Show Log'],
  integrity: ['Retry', 'Copy Details', 'Show Log'],
  stalled: ['Retry', 'Diagnose Connection…', 'Show Log'],
  unsupported: ['Copy Details', 'Show Log'],
  runtime: ['Retry', 'Copy Details', 'Show Log'],
  unknown: ['Retry', 'Copy Details', 'Show Log'],
};

/** The command of each button that runs one; the others open, copy or try again. */
const commandOf: Readonly<Record<string, string>> = {
  'Show Log': 'asr.showLog',
  'Diagnose Connection…': 'asr.diagnoseConnection',
  'Free Up Space…': 'asr.freeUpSpace',
  'Change Folder…': 'asr.moveCache',
  'Set Token…': 'asr.setToken',
  'Open Proxy Settings': 'workbench.action.openSettings',
};

const licencePage = 'https://hub.example/org/gated';

function failure(code: ErrorCode): AsrError {
  return new AsrError(code, localized('It failed because of {0}.', code), {
    details: { helpUrl: licencePage, endpoint: 'https://hub.example' },
  });
}

describe('a failure is shown in a real extension host', () => {
  let dialogs: Dialogs;
  let errors: ErrorMessages;
  let retries: number;
  const retry = (): void => {
    retries++;
  };

  beforeEach(() => {
    dialogs = new Dialogs();
    errors = new ErrorMessages(silent);
    retries = 0;
    for (const command of Object.values(commandOf)) dialogs.swallow(command);
  });
  afterEach(() => dialogs.dispose());

  for (const code of errorCodes) {
    it(`${code}: with its sentence, and what a person can do`, async () => {
      await errors.show(failure(code), retry);
      const [shown] = dialogs.shown;
      assert.equal(shown?.kind, 'error');
      assert.equal(shown.text, `It failed because of ${code}.`);
      assert.deepEqual(shown.choices, offered[code]);
    });

    for (const button of offered[code]) {
      it(`${code}: ${button} does what it says`, async () => {
        dialogs.answer(/^It failed/, button);
        await errors.show(failure(code), retry);
        assert.equal(retries, button === 'Retry' ? 1 : 0);
        assert.deepEqual(dialogs.opened, button === 'Open Licence Page' ? [licencePage] : []);
        assert.equal(dialogs.copied.length, button === 'Copy Details' ? 1 : 0);
        const command = commandOf[button];
        assert.deepEqual(
          dialogs.commands.map(([id]) => id),
          command === undefined ? [] : [command],
        );
      });
    }
  }

  it('tries again automatically when the offered action has mended it', async () => {
    dialogs.resolve('asr.setToken', true);
    dialogs.answer(/^It failed/, 'Set Token…');
    await errors.show(failure('auth'), retry);
    assert.equal(retries, 1);
    assert.deepEqual(dialogs.commands.at(-1), ['asr.setToken', 'https://hub.example']);
  });

  it('offers no retry and no licence page where there is none', async () => {
    await errors.show(new AsrError('gated', localized('Terms.')));
    assert.deepEqual(dialogs.shown[0]?.choices, ['Set Token…']);
  });

  it('says nothing of a cancellation', async () => {
    await errors.show(new Cancelled());
    assert.deepEqual(dialogs.shown, []);
  });

  it('never shows the same message twice at a time, and shows it again when it is new', async () => {
    let close: (value: undefined) => void = ignore;
    dialogs.answer(
      /^It failed/,
      new Promise((resolve) => {
        close = resolve;
      }),
    );
    const first = errors.show(failure('network'), retry);
    await errors.show(failure('network'), retry);
    assert.equal(dialogs.shown.length, 1);
    close(undefined);
    await first;
    await errors.show(failure('network'), retry);
    assert.equal(dialogs.shown.length, 2);
  });

  it('tries everything again that failed alike while the message stood', async () => {
    let press: (button: string) => void = ignore;
    const pressed = new Promise((resolve) => {
      press = resolve;
    });
    dialogs.answer(/^It failed/, pressed);
    const tried: string[] = [];
    const first = errors.show(failure('network'), () => tried.push('first'));
    await errors.show(failure('network'), () => tried.push('second'));
    press('Retry');
    await first;
    assert.deepEqual(tried, ['first', 'second']);
  });

  it('copies details without credentials, signed addresses or a home folder', () => {
    const secret = ['hf', 'abcdefghijklmnop'].join('_');
    const cause = new Error(
      `GET https://cdn.example/blob?Signature=s3cr3t with ${secret} for ${homedir()}/models`,
    );
    const text = detailsText(
      new AsrError('network', localized('{0} broke.', '/home/somebody/x'), { cause }),
    );
    assert.match(text, /^network: ~\/x broke\./);
    for (const hidden of ['s3cr3t', 'abcdefgh', 'somebody', homedir()]) {
      assert.ok(!text.includes(hidden), `${hidden} is in the details`);
    }
  });
});
