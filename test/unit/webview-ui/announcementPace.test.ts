import assert from 'node:assert/strict';
import { AnnouncementPace, announcementPauseMs } from '../../../webview-ui/text/announcementPace';

describe('webview-ui: the pace of announcements to a screen reader', () => {
  let said: string[];
  let timers: { readonly run: () => void; readonly ms: number }[];
  let pace: AnnouncementPace;

  beforeEach(() => {
    said = [];
    timers = [];
    pace = new AnnouncementPace(
      (text) => said.push(text),
      (run, ms) => {
        const timer = { run, ms };
        timers.push(timer);
        return () => {
          timers = timers.filter((each) => each !== timer);
        };
      },
    );
  });

  function tell(subject: string, text: string): void {
    pace.add(subject, text);
    pace.flush();
  }

  function passPause(): void {
    const [timer] = timers.splice(0, 1);
    assert.equal(timer?.ms, announcementPauseMs);
    timer.run();
  }

  it('says the first at once, and the next only after a pause', () => {
    tell('a', 'Downloading A.');
    tell('a', 'A: 25 %.');
    assert.deepEqual(said, ['Downloading A.']);
    passPause();
    assert.deepEqual(said, ['Downloading A.', 'A: 25 %.']);
  });

  it('leaves out what was overtaken, of each download for itself', () => {
    tell('a', 'Downloading A.');
    for (const text of ['A: 25 %.', 'A: 50 %.', 'A: 75 %.']) tell('a', text);
    tell('b', 'B is queued.');
    tell('a', 'Download of A complete.');
    passPause();
    assert.deepEqual(said.slice(1), ['B is queued. Download of A complete.']);
  });

  it('is silent when there is nothing to say, and at once again after a pause without any', () => {
    tell('a', 'Downloading A.');
    passPause();
    assert.deepEqual(timers, []);
    tell('a', 'A: 25 %.');
    assert.deepEqual(said, ['Downloading A.', 'A: 25 %.']);
  });

  it('says nothing when its page has gone', () => {
    tell('a', 'Downloading A.');
    tell('a', 'A: 25 %.');
    pace.dispose();
    assert.deepEqual(timers, []);
    assert.deepEqual(said, ['Downloading A.']);
  });
});
