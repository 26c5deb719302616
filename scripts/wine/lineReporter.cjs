// mocha's reporter for the runs under wine: a line of JSON for each test.
const say = (test, state, why) =>
  console.log(JSON.stringify({ test: test.fullTitle(), state, ...(why ? { why } : {}) }));

module.exports = class LineReporter {
  constructor(runner) {
    runner.on('pass', (test) => say(test, 'passed'));
    runner.on('pending', (test) => say(test, 'pending'));
    runner.on('fail', (test, error) => say(test, 'failed', String(error.message).slice(0, 400)));
    runner.on('end', () => console.log('ENDED'));
  }
};
