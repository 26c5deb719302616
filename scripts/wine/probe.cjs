// Run by Windows' Node under wine: tries what Windows does, and says where wine does something else. Each line that begins
// with LACKS names one of these, as the tests ask for it (test/unit/support/platform.ts).
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'asr-probe-'));
const inFolder = (name) => path.join(folder, name);
const errorOf = (work) => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error.code ?? error.message;
  }
};

/** Each gives back what was seen when it is not as on Windows. */
const trials = {
  links: () => {
    const error = errorOf(() => fs.symlinkSync('target', inFolder('link')));
    const made = errorOf(() => fs.readlinkSync(inFolder('link'))) === undefined;
    // Windows refuses them without Developer Mode, with EPERM; it never says that it made one and made none.
    if (error !== undefined) return `refused with ${error}`;
    return made ? undefined : 'says that it made a link, and made none';
  },
  junctions: () => {
    fs.mkdirSync(inFolder('real'));
    fs.writeFileSync(inFolder('real/file'), 'x');
    const error = errorOf(() => fs.symlinkSync(inFolder('real'), inFolder('junction'), 'junction'));
    const read = errorOf(() => fs.readFileSync(inFolder('junction/file')));
    return (error ?? read) ? `a junction fails with ${error ?? read}` : undefined;
  },
  reservedNames: () => {
    const error = errorOf(() => fs.writeFileSync(inFolder('com7'), 'x'));
    const isFile = error === undefined && fs.readdirSync(folder).includes('com7');
    return isFile ? 'makes a file named com7' : undefined;
  },
  folderInUse: () => {
    fs.mkdirSync(inFolder('held'));
    const handle = fs.openSync(inFolder('held/file'), 'w');
    const error = errorOf(() => fs.renameSync(inFolder('held'), inFolder('moved')));
    fs.closeSync(handle);
    return error === undefined ? 'renames a folder in which a file is open' : undefined;
  },
  renameOverOpen: () => {
    fs.writeFileSync(inFolder('open'), 'x');
    fs.writeFileSync(inFolder('new'), 'y');
    const handle = fs.openSync(inFolder('open'), 'r');
    const error = errorOf(() => fs.renameSync(inFolder('new'), inFolder('open')));
    fs.closeSync(handle);
    return error === 'EPERM' ? undefined : `a rename over an open file: ${error ?? 'done'}`;
  },
  sparseFiles: () => {
    const handle = fs.openSync(inFolder('sparse'), 'w');
    fs.writeSync(handle, 'x', 50_000_000);
    fs.closeSync(handle);
    const { blocks } = fs.statSync(inFolder('sparse'));
    return blocks * 512 < 50_000_000
      ? undefined
      : `${blocks * 512} bytes for one byte at 50,000,000`;
  },
  hardLinks: () => {
    fs.writeFileSync(inFolder('one'), 'x');
    const error = errorOf(() => fs.linkSync(inFolder('one'), inFolder('two')));
    if (error !== undefined) return error;
    return fs.statSync(inFolder('one')).nlink === 2 ? undefined : 'a second name is not counted';
  },
  longPaths: () => {
    const long = inFolder(['a', 'b', 'c'].map((letter) => letter.repeat(100)).join('\\'));
    return errorOf(() => fs.mkdirSync(long, { recursive: true }));
  },
  tar: () => {
    const { error } = spawnSync('tar', ['--version']);
    return error === undefined ? undefined : `has no program tar (${error.code})`;
  },
  fileIds: () => {
    const { ino } = fs.statSync(folder, { bigint: true });
    return ino === 0n ? 'a file has no number' : undefined;
  },
};

/** wine's sockets take `http.get` and not `fetch`. */
async function fetchTrial() {
  const server = http.createServer((_request, response) => response.end('x'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await (await fetch(`http://127.0.0.1:${server.address().port}`)).text();
    return undefined;
  } catch (error) {
    return `${error.message} (${error.cause?.message ?? ''})`;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

(async () => {
  const say = (name, seen) => {
    if (seen !== undefined) console.log(`LACKS ${name} ${String(seen).replace(/\s+/g, ' ')}`);
  };
  for (const [name, tryOut] of Object.entries(trials)) {
    let seen;
    try {
      seen = tryOut();
    } catch (error) {
      seen = error.message;
    }
    say(name, seen);
  }
  say('fetch', await fetchTrial());
  fs.rmSync(folder, { recursive: true, force: true });
  console.log('PROBED');
  process.exit(0);
})();
