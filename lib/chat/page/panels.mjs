/** The tabs: what each asks the server, and how it shows the answer. */
import { ClassifyView } from './classify.mjs';
import { GenerateView, InstructView } from './generate.mjs';
import { settingsFields } from './settings.mjs';

export const PANELS = [
  {
    kind: 'classify',
    path: '/api/classify',
    View: ClassifyView,
    request: (text) => ({ text }),
    asked: ({ text }) => ({ text }),
    missing: (models) => (models.classifier ? undefined : 'noClassifier'),
  },
  {
    kind: 'generate',
    path: '/api/generate',
    View: GenerateView,
    settings: settingsFields,
    request: (prompt, { settings }) => ({ ...settings, prompt }),
    asked: ({ prompt }) => ({ text: prompt }),
    missing: (models) => (models['gpt-mini'] || models.gpt2 ? undefined : 'noGenerator'),
  },
  {
    kind: 'instruct',
    path: '/api/instruct',
    View: InstructView,
    // Like notebook 7, takes the most probable token each time.
    settings: (root) =>
      settingsFields(root, { temperature: 0, maxNewTokens: 250, withModel: false }),
    hasAbout: true,
    request: (instruction, { settings, about }) => ({ ...settings, instruction, input: about }),
    asked: ({ instruction, input }) => ({ text: instruction, about: input }),
    missing: (models) => (models.instruction ? undefined : 'noInstruct'),
  },
];
