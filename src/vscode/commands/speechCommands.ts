import { openManager } from '../ui/acknowledge';
import { actions } from './actions';
import { modelIdOf, type CommandContext } from './commandContext';
import { Palette, paletteContext } from './palette';

/**
 * Loads a model, which becomes the active one; downloads it first if necessary. Resolves with whether it is loaded.
 */
export async function loadModel(context: CommandContext, argument: unknown): Promise<boolean> {
  const modelId = modelIdOf(argument) ?? (await chosenModel(context));
  if (modelId === undefined) return false;
  return await new Palette(context).load(await openManager(context.manager), modelId);
}

async function chosenModel(context: CommandContext): Promise<string | undefined> {
  const { chooseLoadable } = await import('../picker/modelPicker');
  return await chooseLoadable(context);
}

export async function unloadModel(context: CommandContext): Promise<void> {
  await actions.none.unload(await paletteContext(context));
}
