import assert from 'node:assert/strict';
import { BufferPool, MemoryPool } from '../../../src/download/files/bufferPool';

const MiB = 1024 * 1024;

describe('the memory that connections fill', () => {
  it('is that of the transfer before, so that many in a row take no more than one', () => {
    const memory = new MemoryPool();
    const first = new BufferPool(16, MiB, memory);
    const buffer = first.take();
    first.give(buffer);
    first.release();
    const second = new BufferPool(4, MiB, memory);
    const again = second.take();
    assert.equal(again.buffer, buffer.buffer);
    assert.equal(again.byteOffset, buffer.byteOffset);
  });

  it('is never that of a transfer that still runs, and never too little', () => {
    const memory = new MemoryPool();
    const one = new BufferPool(1, MiB, memory);
    const other = new BufferPool(1, MiB, memory);
    assert.notEqual(one.take().buffer, other.take().buffer);
    one.release();
    const large = new BufferPool(16, MiB, memory);
    const taken = Array.from({ length: 16 }, () => large.take());
    assert.equal(new Set(taken.map(({ byteOffset }) => byteOffset)).size, 16);
    assert.ok(taken.every(({ byteLength }) => byteLength === MiB));
  });

  it('is never lent twice: more buffers than there is memory for are refused', () => {
    const pool = new BufferPool(1, MiB, new MemoryPool());
    for (let at = 0; at < 5; at++) pool.take();
    assert.throws(() => pool.take(), RangeError);
  });

  it('has a few spare buffers, fewer when all connections are at work', () => {
    const few = new BufferPool(4, MiB, new MemoryPool());
    for (let at = 0; at < 4; at++) few.take();
    for (let at = 0; at < 4; at++) assert.ok(few.takeSpare());
    assert.equal(few.takeSpare(), undefined);
    const many = new BufferPool(16, MiB, new MemoryPool());
    for (let at = 0; at < 16; at++) many.take();
    assert.ok(many.takeSpare());
    assert.equal(many.takeSpare(), undefined);
  });
});
