import type { AnnotationQuery, AnnotationSupport, DataQuery } from '@grafana/data';

import { AnnotationQueryEditor } from './components/AnnotationQueryEditor';
import { annotationDefaults, toAnnotationsQuery } from './migrations';
import type { HelpdeskQuery } from './types';

/** Where classic dashboards keep the query, and where those of schema version 2 do. */
function queryOf(annotation: AnnotationQuery<HelpdeskQuery>): DataQuery | undefined {
  return annotation.target ?? annotation.query?.spec;
}

export const annotationSupport: AnnotationSupport<HelpdeskQuery> = {
  QueryEditor: AnnotationQueryEditor,

  getDefaultQuery: () => annotationDefaults,

  // Grafana saves what this returns when it is another object: a complete annotation has to stay the same one.
  prepareAnnotation: (annotation: AnnotationQuery<HelpdeskQuery>) =>
    queryOf(annotation) ? annotation : { ...annotation, target: toAnnotationsQuery(undefined) },

  prepareQuery: (annotation) => toAnnotationsQuery(queryOf(annotation)),
};
