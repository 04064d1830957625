import { afterEach, describe, expect, test, vi } from 'vitest';
import { profileName, sizes } from './run-sizes';

afterEach(() => vi.unstubAllEnvs());

describe('the sizes of the notebooks', () => {
  test.each([
    ['', 'tensorflow', { gpt2EmbDim: 768, attentionSteps: 200 }],
    ['quick', 'wasm', { gpt2EmbDim: 192, attentionSteps: 200 }],
    ['quick', 'cpu', { gpt2EmbDim: 192, attentionSteps: 200 }],
    ['full', 'tensorflow', { gpt2EmbDim: 768, attentionSteps: 400 }],
    ['full', 'wasm', { gpt2EmbDim: 768, attentionSteps: 400 }],
  ] as const)('GPT_PROFILE=%s on %s', (profile, backend, expected) => {
    vi.stubEnv('GPT_PROFILE', profile);
    expect(profileName()).toBe(profile || 'quick');
    expect(sizes(backend)).toMatchObject(expected);
  });

  test('another profile is refused with the names that exist', () => {
    vi.stubEnv('GPT_PROFILE', 'fast');
    expect(() => sizes('cpu')).toThrow('GPT_PROFILE is "fast"; expected quick or full');
  });
});
