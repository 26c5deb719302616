// mocha's reporter for the runs under wine: a line of JSON when a test begins, so that one which hangs is known by its name,
// and one for what came of it. A test that fails because of what the probe has
// found wine to lack is no failure of the product; the line says which lack it was.
const lacks = (process.env.ASR_TEST_LACKS ?? '').split(',');

/** How each lack shows in the error of a test, or in what caused it. */
const signs = {
  links: /EPERM: operation not permitted, symlink|EINVAL: invalid argument, readlink/,
  junctions: /ENOTSUP: operation not supported on socket, symlink/,
  tar: /spawnSync tar ENOENT/,
  fetch: /connect UNKNOWN 127\.0\.0\.1/,
};

/** The message of an error, and those of its causes. */
function messages(error) {
  const all = [];
  for (let each = error; each instanceof Error; each = each.cause) all.push(each.message);
  return all;
}

function lackBehind(said) {
  return Object.keys(signs).find(
    (name) => lacks.includes(name) && said.some((message) => signs[name].test(message)),
  );
}

const say = (test, state, why) =>
  console.log(JSON.stringify({ test: test.fullTitle(), state, ...(why ? { why } : {}) }));

module.exports = class LineReporter {
  constructor(runner) {
    runner.on('test', (test) => console.log(JSON.stringify({ begins: test.fullTitle() })));
    runner.on('pass', (test) => say(test, 'passed'));
    runner.on('pending', (test) => say(test, 'pending'));
    runner.on('fail', (test, error) => {
      const said = messages(error);
      const lack = lackBehind(said);
      if (lack === undefined) say(test, 'failed', said.join(' < ').slice(0, 600));
      else say(test, 'lacking', lack);
    });
    runner.on('end', () => console.log('ENDED'));
  }
};
