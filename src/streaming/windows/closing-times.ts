interface Appointment {
  readonly time: number;
  readonly key: string;
}

/** Which key comes next: a binary heap by time. */
export class ClosingTimes {
  private readonly heap: Appointment[] = [];

  get next(): number {
    return this.heap[0]?.time ?? Infinity;
  }

  add(time: number, key: string): void {
    const { heap } = this;
    let at = heap.push({ time, key }) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && heap[parent].time > time; parent = (at - 1) >> 1) {
      [heap[at], heap[parent]] = [heap[parent], heap[at]];
      at = parent;
    }
  }

  /** @returns the first of them, which is there no more */
  take(): Appointment {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      this.sink();
    }
    return first;
  }

  private sink(): void {
    const { heap } = this;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && heap[child].time < heap[least].time) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least], heap[at]];
      at = least;
    }
  }
}
