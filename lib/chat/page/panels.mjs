/** What can be tried: one tab each. */
import { ClassifyView } from './classify.mjs';
import { GenerateView } from './generate.mjs';
import { settingsFields } from './settings.mjs';

export const PANELS = [
  {
    kind: 'classify',
    path: '/api/classify',
    View: ClassifyView,
    request: (text) => ({ text }),
    said: ({ text }) => text,
    missing: (models) => (models.classifier ? undefined : 'noClassifier'),
  },
  {
    kind: 'generate',
    path: '/api/generate',
    View: GenerateView,
    settings: settingsFields,
    request: (prompt, settings) => ({ ...settings, prompt }),
    missing: (models) => (models['gpt-mini'] || models.gpt2 ? undefined : 'noGenerator'),
  },
];
