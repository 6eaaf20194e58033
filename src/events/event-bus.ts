/** Something that happened in a room and that others may care about. Payloads are JSON. */
export interface LabEvent {
  readonly type: string;
}

/** A Delta table has a new version. */
export interface DatasetChanged extends LabEvent {
  readonly type: 'dataset.changed';
  readonly dataset: string;
  readonly version: number;
}

/** A version or an alias of a registered model was added, moved or removed. */
export interface ModelChanged extends LabEvent {
  readonly type: 'model.changed';
  readonly model: string;
}

/** A run waits to be carried out. */
export interface RunQueued extends LabEvent {
  readonly type: 'run.queued';
  readonly run: string;
}

/** Whoever carries the run out is asked to stop. */
export interface RunCancelled extends LabEvent {
  readonly type: 'run.cancelled';
  readonly run: string;
}

/** A scrape has reached the catalogue, its statistics and its models. Numbers are of books, against the scrape before. */
export interface BooksUpdated extends LabEvent {
  readonly type: 'books.updated';
  readonly books: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** The run that scraped. */
  readonly run: string;
}

/** A topic was made, changed or deleted. */
export interface TopicChanged extends LabEvent {
  readonly type: 'topic.changed';
  readonly topic: string;
}

/** Every event there is: a room that announces something new adds it here. */
export type AnyEvent = DatasetChanged | ModelChanged | RunQueued | RunCancelled | BooksUpdated | TopicChanged;

export type EventOf<T extends AnyEvent['type']> = Extract<AnyEvent, { type: T }>;

/** Carries events to every process on the same database, this one included. A listener that fails is logged and stops nobody else. */
export abstract class EventBus {
  /** Resolves when the event is durable; listeners run after that, in their own time. */
  abstract publish(event: AnyEvent): Promise<void>;

  /** @returns a function that ends the subscription */
  abstract subscribe<T extends AnyEvent['type']>(type: T, listener: (event: EventOf<T>) => void | Promise<void>): () => void;
}
