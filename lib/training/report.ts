/** The observer that shows a training: growing curves, and a bar with the latest numbers. */
import { livePlot, progress } from '../display';
import { byLanguage, phrase, translateNumber } from '../language';
import type { Evaluation, TrainingHistory } from './history';
import type { Stopped, TrainingObserver } from './observer';

/**
 * In a notebook it shows curves and a bar with loss, learning rate, gradient norm, speed and time
 * left. In a terminal it prints one line for each evaluation, the same in every run.
 */
export class TrainingReport implements TrainingObserver {
  private readonly curves = livePlot({
    title: 'Loss',
    xaxis: 'step',
    yaxis: 'cross-entropy',
    alt: 'The loss of each step, and the losses on training and validation data.',
  });
  private readonly bar;
  private readonly start;

  /**
   * @param history the training's history, which grows while it runs
   * @param steps total number of steps
   */
  constructor(
    private readonly history: TrainingHistory,
    steps: number,
  ) {
    this.bar = progress(steps, { label: 'training', start: history.step });
    this.start = { time: Date.now(), tokens: history.tokens };
  }

  onLoss(step: number, loss: number): void {
    this.curves.add(step, { 'each step': loss });
    const seconds = (Date.now() - this.start.time) / 1000;
    const speed = Math.round((this.history.tokens - this.start.tokens) / seconds);
    const live = phrase('{lastStep}, {speed} tokens/s', { lastStep: this.lastStep(), speed });
    this.bar.update(step, undefined, live);
  }

  onEvaluation({ step, trainLoss, validationLoss }: Evaluation): void {
    const train = byLanguage({ en: 'train', pt: 'treino' }); // in a table it is the function
    const losses: Record<string, number> = { [train]: trainLoss };
    const parts = [phrase('train loss {loss:.3}', { loss: trainLoss })];
    if (validationLoss !== undefined) {
      losses.validation = validationLoss;
      parts.push(phrase('validation loss {loss:.3}', { loss: validationLoss }));
    }
    this.curves.add(step, losses);
    if (this.history.losses.length) parts.push(this.lastStep());
    this.bar.update(step, parts.join(', '));
  }

  onEnd(stopped?: Stopped): void {
    const { step } = this.history;
    this.bar.finish(
      stopped && phrase('stopped by {stopped} after step {step}', { stopped, step }),
      step,
    );
    this.curves.finish();
  }

  private lastStep(): string {
    const { losses, learningRates, gradNorms } = this.history;
    return phrase('last step: loss {loss:.3}, learning rate {rate}, gradient norm {norm:.2}', {
      loss: last(losses),
      rate: translateNumber(last(learningRates).toExponential(1)),
      norm: last(gradNorms),
    });
  }
}

const last = (values: readonly number[]) => values[values.length - 1];
