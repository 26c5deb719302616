import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { encodeGif, type FilmFrame, frameList, reducePng } from './images';

/** A part of a window, in the page's pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Takes pictures of a window, and writes them small into the folder of the pictures. */
export class Camera {
  #frames: FilmFrame[] = [];

  constructor(
    private readonly page: Page,
    private readonly ffmpeg: string,
    private readonly temporaryFolder: string,
    private readonly targetFolder: string,
  ) {}

  /** Takes a part of the window, or all of it. */
  async take(file: string, clip?: Box): Promise<void> {
    const raw = path.join(this.temporaryFolder, file);
    await this.page.screenshot({ path: raw, ...(clip === undefined ? {} : { clip }) });
    await reducePng(this.ffmpeg, raw, path.join(this.targetFolder, file));
  }

  /** Adds what the window shows now to the film. */
  async shoot(milliseconds: number): Promise<void> {
    const name = `frame-${String(this.#frames.length).padStart(4, '0')}.png`;
    const file = path.join(this.temporaryFolder, name);
    await this.page.screenshot({ path: file, scale: 'css' });
    this.#frames.push({ path: file, milliseconds });
  }

  /** Writes the film; the next one begins without frames. */
  async develop(file: string): Promise<void> {
    const list = path.join(this.temporaryFolder, 'frames.txt');
    await writeFile(list, frameList(this.#frames));
    await encodeGif(this.ffmpeg, list, path.join(this.targetFolder, file));
    this.#frames = [];
  }
}

/** The box around visible elements, with a margin, within the window. */
export async function boxAround(margin: number, ...elements: readonly Locator[]): Promise<Box> {
  const boxes: Box[] = [];
  let window = { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };
  for (const element of elements) {
    const box = await element.boundingBox();
    if (box === null) throw new Error('Something that a picture shows is not visible.');
    boxes.push(box);
    window = element.page().viewportSize() ?? window;
  }
  const left = Math.max(0, Math.min(...boxes.map(({ x }) => x)) - margin);
  const top = Math.max(0, Math.min(...boxes.map(({ y }) => y)) - margin);
  const right = Math.min(window.width, Math.max(...boxes.map((box) => box.x + box.width)) + margin);
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + margin;
  const height = Math.min(window.height, bottom) - top;
  return { x: left, y: top, width: right - left, height };
}
