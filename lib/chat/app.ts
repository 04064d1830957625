/** The routes of the chat. */
import { Hono, type Context } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { secureHeaders } from 'hono/secure-headers';
import { tf } from '../backend';
import { answerRange, formatPrompt } from '../instruction';
import { classifyInSteps } from './classify';
import { ChatError, publicError } from './errors';
import { eventStream, type Job } from './events';
import { generateInSteps } from './generate';
import { guard } from './guard';
import { JobQueue } from './job-queue';
import type { ChatModels } from './models';
import { pageFiles } from './page';
import { classifyRequest, generateRequest, instructRequest, readJson } from './requests';

interface AppOptions {
  models: ChatModels;
  /** The values of `Host` that are accepted, see {@link guard}. */
  hosts: () => ReadonlySet<string>;
  /** Most requests that may wait for each kind of job. */
  maxWaiting: number;
  /** Ends all jobs when the server stops. */
  closing: AbortSignal;
  /** Receives errors that are not the client's. */
  onError: (error: unknown) => void;
}

const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["'none'"],
};

interface ChatApp {
  /** The routes. */
  app: Hono;
  /** Resolves when no job is running. */
  settled(): Promise<void>;
}

export function chatApp({ models, hosts, maxWaiting, closing, onError }: AppOptions): ChatApp {
  const app = new Hono();
  // Classifying and generating take turns at every step; each does one job at a time.
  const queues = { classify: new JobQueue(maxWaiting), generate: new JobQueue(maxWaiting) };
  const jobs = new Set<Promise<void>>();
  const stream = (queue: JobQueue, job: Job): Response => {
    const { response, ended } = eventStream(job, { ticket: queue.take(), closing, onError });
    jobs.add(ended);
    void ended.then(() => jobs.delete(ended));
    return response;
  };

  app.use(
    secureHeaders({
      contentSecurityPolicy: CONTENT_SECURITY_POLICY,
      xFrameOptions: 'DENY',
      strictTransportSecurity: false, // meaningless without TLS
    }),
  );
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const allowed = methods.join(', ');
        const error = new ChatError(405, 'wrong-method', `This address takes ${allowed} requests`);
        return c.json(publicError(error), error.status, { allow: allowed });
      },
    }),
  );
  app.use(guard(hosts));

  for (const [name, { type, content }] of pageFiles()) {
    app.get(name, (c) => c.body(content, 200, { 'content-type': type }));
  }
  app.get('/health', (c) =>
    c.json({
      status: 'ok',
      models: models.available(),
      parameters: models.parameters,
      running: queues.classify.running + queues.generate.running,
      waiting: queues.classify.waiting + queues.generate.waiting,
      tensors: tf.memory().numTensors,
    }),
  );
  app.post('/api/classify', async (c) => {
    const { text } = await readJson(c.req.raw, classifyRequest);
    models.classifier.check();
    return stream(queues.classify, async (send, signal) => {
      await classifyInSteps(await models.classifier.get(), text, send, signal);
    });
  });
  app.post('/api/generate', async (c) => {
    const { model: name, prompt, ...options } = await readJson(c.req.raw, generateRequest);
    const slot = models[name];
    slot.check();
    return stream(queues.generate, async (send, signal) => {
      await generateInSteps(await slot.get(), prompt, options, send, signal);
    });
  });
  app.post('/api/instruct', async (c) => {
    const { instruction, input, ...sampling } = await readJson(c.req.raw, instructRequest);
    models.instruction.check();
    const options = { ...sampling, range: answerRange };
    return stream(queues.generate, async (send, signal) => {
      const prompt = formatPrompt({ instruction, input });
      await generateInSteps(await models.instruction.get(), prompt, options, send, signal);
    });
  });

  app.notFound((c) => answer(c, new ChatError(404, 'not-found', 'There is nothing here')));
  app.onError((error, c) => {
    if (!(error instanceof ChatError)) onError(error);
    return answer(c, error);
  });
  return { app, settled: async () => void (await Promise.all(jobs)) };
}

function answer(c: Context, error: Error): Response {
  return c.json(publicError(error), error instanceof ChatError ? error.status : 500);
}
