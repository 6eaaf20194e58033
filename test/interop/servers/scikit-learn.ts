import { PythonEnvironment } from './python-environment.js';

/** One environment for all who compare with scikit-learn: tests and benches. */
export const openScikitLearn = (): Promise<PythonEnvironment> =>
  PythonEnvironment.open('scikit-learn', ['scikit-learn==1.9.1', 'numpy==2.4.6']);
