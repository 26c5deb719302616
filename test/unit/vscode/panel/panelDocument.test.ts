import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { contentSecurityPolicy, panelHtml } from '../../../../src/vscode/panel/panelDocument';
import { readStrings } from '../../../../webview-ui/store/hostConnection';
import { strings } from '../../webview-ui/samples';

const options = {
  scriptUri: 'https://host.example/panel.js',
  style: '.page { color: red; }',
  nonce: 'bm9uY2U=',
  language: 'de',
  strings,
};

describe('vscode/panel: the page’s HTML', () => {
  it('allows nothing but our scripts and our style, by nonce', () => {
    const policy = contentSecurityPolicy('n');
    assert.ok(policy.startsWith("default-src 'none';"));
    assert.doesNotMatch(policy, /unsafe|\*|connect-src|https?:|data:|blob:/);
    assert.match(policy, /script-src 'nonce-n';/);
    assert.match(policy, /style-src 'nonce-n' /);
  });

  it('admits an empty style element by hash and no other inline style', () => {
    const nothing = createHash('sha256').update('').digest('base64');
    const policy = contentSecurityPolicy('n');
    assert.deepEqual(policy.match(/'sha256-[^']+'/g), [`'sha256-${nothing}'`]);
  });

  it('has the policy before anything it governs, and every script carries the nonce', () => {
    const html = panelHtml(options);
    const at = html.indexOf('Content-Security-Policy');
    assert.ok(at > 0 && at < html.indexOf('<style') && at < html.indexOf('<script'));
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    assert.deepEqual(
      scripts.filter((tag) => !tag.includes('application/json')),
      ['<script nonce="bm9uY2U=" data-page="https://host.example/panel.js">'],
    );
    assert.deepEqual(html.match(/<style[^>]*>/g), ['<style nonce="bm9uY2U=">']);
    assert.doesNotMatch(html, / style=| on\w+=/);
  });

  it('paints without asking for anything: its style is in it, its script comes after the load event', () => {
    const html = panelHtml(options);
    assert.ok(html.includes('.page { color: red; }'));
    assert.doesNotMatch(html, /<link|<img|@import|url\(| src=/);
    const skeleton = html.slice(html.indexOf('<div id="root">'), html.indexOf('<script'));
    assert.match(skeleton, /Downloaded Models/);
    assert.match(skeleton, /role="status">Loading models…/);
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

  it('can’t be broken out of by a language, an address or a style sheet', () => {
    const html = panelHtml({
      ...options,
      language: '"><script>x',
      scriptUri: '"><script>y',
      style: '</style><script>z',
    });
    assert.doesNotMatch(html, /<script>[xyz]/);
    assert.equal((html.match(/<\/style>/g) ?? []).length, 1);
  });
});
