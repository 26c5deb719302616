import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { contentSecurityPolicy, panelHtml } from '../../../../src/vscode/panel/panelHtml';
import { readStrings } from '../../../../webview-ui/readStrings';
import { strings } from '../../webview-ui/samples';

const options = {
  cspSource: 'https://host.example',
  scriptUri: 'https://host.example/panel.js',
  styleUri: 'https://host.example/panel.css',
  nonce: 'bm9uY2U=',
  language: 'de',
  strings,
};

describe('vscode/panel: the page’s HTML', () => {
  it('allows nothing but the one script and our style sheets', () => {
    const policy = contentSecurityPolicy('https://host.example', 'n');
    assert.ok(policy.startsWith("default-src 'none';"));
    assert.doesNotMatch(policy, /unsafe|\*|connect-src|data:|blob:/);
    assert.match(policy, /script-src 'nonce-n'/);
  });

  it('admits an empty style element by hash and no other inline style', () => {
    const nothing = createHash('sha256').update('').digest('base64');
    const policy = contentSecurityPolicy('https://host.example', 'n');
    assert.deepEqual(policy.match(/'sha256-[^']+'/g), [`'sha256-${nothing}'`]);
  });

  it('has the policy before anything it governs, and every script carries the nonce', () => {
    const html = panelHtml(options);
    const at = html.indexOf('Content-Security-Policy');
    assert.ok(at > 0 && at < html.indexOf('<link') && at < html.indexOf('<script'));
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    assert.deepEqual(
      scripts.filter((tag) => !tag.includes('application/json')),
      ['<script nonce="bm9uY2U=" src="https://host.example/panel.js">'],
    );
    assert.doesNotMatch(html, / style=| on\w+=/);
  });

  it('hands the strings over unharmed, whatever a translation contains', () => {
    const hostile = {
      ...strings,
      title: '</script><script>alert(1)</script>',
      close: '"&<>\u2028',
    };
    const html = panelHtml({ ...options, strings: hostile });
    assert.equal((html.match(/<script/g) ?? []).length, 2);
    const json = /<script type="application\/json" id="strings">(.*?)<\/script>/s.exec(html)?.[1];
    assert.deepEqual(readStrings(json ?? ''), hostile);
  });

  it('can’t be broken out of by a language or an address', () => {
    const html = panelHtml({ ...options, language: '"><script>x', styleUri: '"><script>y' });
    assert.doesNotMatch(html, /<script>[xy]/);
  });
});
