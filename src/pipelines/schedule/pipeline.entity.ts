import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Whether a pipeline runs by itself, as somebody switched it; for one without a row its file says. */
@Entity('pipelines')
export class PipelineEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'boolean', default: true })
  enabled!: boolean;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  changedAt!: Date;
}
