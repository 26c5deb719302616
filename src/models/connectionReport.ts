import type { AsrError } from '../common/asrError';
import { localized, type LocalizedMessage } from '../common/localizedMessage';

/** One thing that was tried. `skipped`: it was not tried, because something before it failed or the time was over. */
export interface DiagnosisStep {
  readonly title: LocalizedMessage;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  readonly facts: readonly LocalizedMessage[];
  /** The remedy for a person to try. */
  readonly advice?: LocalizedMessage;
}

/** The findings about one host, in the order of the attempts. */
export interface HostDiagnosis {
  readonly host: string;
  readonly role: 'hub' | 'mirror' | 'download';
  readonly steps: readonly DiagnosisStep[];
}

/** Plain data without a token, a user name or a signed address. */
export interface ConnectionReport {
  readonly hosts: readonly HostDiagnosis[];
  readonly durationMs: number;
}

/** A step that went as it should. */
export function ok(title: LocalizedMessage, facts: readonly LocalizedMessage[]): DiagnosisStep {
  return { title, outcome: 'ok', facts };
}

/** A step that failed, with what a person can do about it. */
export function failed(
  title: LocalizedMessage,
  error: AsrError,
  advice: LocalizedMessage,
): DiagnosisStep {
  return { title, outcome: 'failed', facts: [error.localizedMessage], advice };
}

/** One certificate of a chain in words. */
export function chainText(link: {
  readonly subject: string;
  readonly issuer: string;
  readonly validUntil: string;
}): LocalizedMessage {
  return localized(
    'certificate of {0}, issued by {1}, valid until {2}',
    link.subject,
    link.issuer,
    link.validUntil,
  );
}

/** The report as a Markdown document in the person's language. */
export function reportDocument(
  { hosts, durationMs }: ConnectionReport,
  localise: (text: LocalizedMessage) => string,
): string {
  const marks = { ok: '✔', failed: '✘', skipped: '–' };
  const roles = {
    hub: localized('the hub'),
    mirror: localized('a mirror'),
    download: localized('sends the files'),
  };
  const lines = [`# ${localise(localized('Connection report of ASR Model Manager'))}`];
  const problems = hosts.flatMap(({ steps }) =>
    steps.filter(({ outcome }) => outcome === 'failed'),
  );
  lines.push(
    '',
    problems.length === 0
      ? localise(
          localized('Everything that a download needs works. It took {0} s.', seconds(durationMs)),
        )
      : localise(
          localized('{0} steps failed. It took {1} s.', problems.length, seconds(durationMs)),
        ),
  );
  for (const { host, role, steps } of hosts) {
    lines.push('', `## ${host} (${localise(roles[role])})`, '');
    for (const { title, outcome, facts, advice } of steps) {
      lines.push(`- ${marks[outcome]} **${localise(title)}**`);
      for (const fact of facts) lines.push(`  - ${localise(fact)}`);
      if (advice !== undefined)
        lines.push(`  - ${localise(localized('What to do: {0}', localise(advice)))}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
