import type { CatalogModel } from '../catalog';
import { AsrError, toAsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { HubClient, TokenSource } from '../hub';
import { defined } from '../protocol/defined';

/**
 * The Hub refuses a gated file in one way whether there is no token, a wrong one, or one whose owner has not accepted
 * the terms (docs/hub-protocol.md section 3.1). This function finds out which it is, and returns an error that names
 * the model and its licence page.
 */
export async function explainRefusal(
  error: AsrError,
  model: CatalogModel,
  hub: HubClient,
  token: TokenSource,
): Promise<AsrError> {
  if (error.code !== 'gated') return error;
  const helpUrl = hub.pageUrl(model.source.repo);
  const details = { ...error.details, helpUrl, endpoint: hub.endpoint };
  const value = await token(new URL(hub.endpoint).origin);
  if (value === undefined) return gatedWithoutToken(model, hub, error);
  try {
    const name = await hub.whoAmI(value, new AbortController().signal);
    return new AsrError(
      'gated',
      localized(
        '{0} has not been given access to {1} yet. Accept its terms on the licence page, then try again.',
        name,
        model.source.repo,
      ),
      { cause: error, details },
    );
  } catch (refusal) {
    const failure = toAsrError(refusal);
    if (failure.code !== 'auth') return error;
    return new AsrError('auth', failure.localizedMessage, {
      cause: refusal,
      details: { ...failure.details, endpoint: hub.endpoint },
    });
  }
}

/** What a person without a token is told before anything is asked for. */
export function gatedWithoutToken(model: CatalogModel, hub: HubClient, cause?: unknown): AsrError {
  return new AsrError(
    'gated',
    localized(
      '{0} asks for its terms to be accepted. Accept them on the licence page of {1}, then set a token.',
      model.name,
      model.source.repo,
    ),
    {
      details: { helpUrl: hub.pageUrl(model.source.repo), endpoint: hub.endpoint },
      ...defined({ cause }),
    },
  );
}
