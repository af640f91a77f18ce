"""Types of object metadata and of the small API groups, in the notation of ``lab.api.builtin.types``."""

TABLE = """
package io.k8s.apimachinery.pkg.apis.meta.v1
ObjectMeta
  name string, generateName string, namespace string, selfLink string, uid string, resourceVersion string
  generation int, creationTimestamp time, deletionTimestamp time, deletionGracePeriodSeconds int
  labels {}string
  annotations {}string
  ownerReferences []OwnerReference map=uid patch=uid
  finalizers []string set patch
  managedFields []ManagedFieldsEntry
OwnerReference atomic
  apiVersion string !, kind string !, name string !, uid string !, controller bool, blockOwnerDeletion bool
ManagedFieldsEntry
  manager string, operation string, apiVersion string, time time, fieldsType string, fieldsV1 any, subresource string
LabelSelector atomic
  matchLabels {}string, matchExpressions []LabelSelectorRequirement
LabelSelectorRequirement
  key string !, operator string !, values []string
Condition
  type string !, status string !, observedGeneration int, lastTransitionTime time !, reason string !, message string !

package io.k8s.api.autoscaling.v1
Scale
  metadata ObjectMeta, spec ScaleSpec, status ScaleStatus
ScaleSpec
  replicas int
ScaleStatus
  replicas int !, selector string

package io.k8s.api.coordination.v1
Lease
  metadata ObjectMeta, spec LeaseSpec
LeaseSpec
  holderIdentity string, leaseDurationSeconds int, acquireTime time, renewTime time, leaseTransitions int
  strategy string, preferredHolder string

package io.k8s.api.discovery.v1
EndpointSlice
  metadata ObjectMeta, addressType string !, endpoints []Endpoint !, ports []EndpointPort
Endpoint
  addresses []string ! set, conditions EndpointConditions, hostname string, targetRef ObjectReference
  deprecatedTopology {}string, nodeName string, zone string, hints EndpointHints
EndpointConditions
  ready bool, serving bool, terminating bool
EndpointHints
  forZones []ForZone
ForZone
  name string !
EndpointPort atomic
  name string, protocol string, port int, appProtocol string

package io.k8s.api.events.v1
EventsEvent
  metadata ObjectMeta, eventTime time, series EventsEventSeries, reportingController string, reportingInstance string
  action string, reason string, regarding ObjectReference, related ObjectReference, note string, type string
  deprecatedSource EventSource, deprecatedFirstTimestamp time, deprecatedLastTimestamp time, deprecatedCount int
EventsEventSeries
  count int !, lastObservedTime time !

package io.k8s.api.authorization.v1
SelfSubjectAccessReview
  metadata ObjectMeta, spec SelfSubjectAccessReviewSpec !, status SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec
  resourceAttributes ResourceAttributes, nonResourceAttributes NonResourceAttributes
ResourceAttributes
  namespace string, verb string, group string, version string, resource string, subresource string, name string
  fieldSelector any, labelSelector any
NonResourceAttributes
  path string, verb string
SelfSubjectRulesReview
  metadata ObjectMeta, spec SelfSubjectRulesReviewSpec !, status SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec
  namespace string
SubjectRulesReviewStatus
  resourceRules []ResourceRule !, nonResourceRules []NonResourceRule !, incomplete bool !, evaluationError string
ResourceRule
  verbs []string !, apiGroups []string, resources []string, resourceNames []string
NonResourceRule
  verbs []string !, nonResourceURLs []string
SubjectAccessReviewStatus
  allowed bool !, denied bool, reason string, evaluationError string

package io.k8s.api.rbac.v1
ClusterRole
  metadata ObjectMeta, rules []PolicyRule, aggregationRule any
Role
  metadata ObjectMeta, rules []PolicyRule
PolicyRule
  verbs []string !, apiGroups []string, resources []string, resourceNames []string, nonResourceURLs []string
ClusterRoleBinding
  metadata ObjectMeta, subjects []Subject, roleRef RoleRef !
RoleBinding
  metadata ObjectMeta, subjects []Subject, roleRef RoleRef !
Subject atomic
  kind string !, apiGroup string, name string !, namespace string
RoleRef atomic
  apiGroup string !, kind string !, name string !

package io.k8s.api.authentication.v1
TokenRequest
  metadata ObjectMeta, spec TokenRequestSpec !, status TokenRequestStatus
TokenRequestSpec
  audiences []string, expirationSeconds int, boundObjectRef any
TokenRequestStatus
  token string !, expirationTimestamp time !
SelfSubjectReview
  metadata ObjectMeta, status SelfSubjectReviewStatus
SelfSubjectReviewStatus
  userInfo UserInfo
UserInfo
  username string, uid string, groups []string, extra any

package io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
CustomResourceDefinition
  metadata ObjectMeta, spec CustomResourceDefinitionSpec !, status CustomResourceDefinitionStatus
CustomResourceDefinitionSpec
  group string !, names CustomResourceDefinitionNames !, scope string !, versions []CustomResourceDefinitionVersion !
  conversion CustomResourceConversion, preserveUnknownFields bool
CustomResourceDefinitionNames
  plural string !, singular string, shortNames []string, kind string !, listKind string, categories []string
CustomResourceDefinitionVersion
  name string !, served bool !, storage bool !, deprecated bool, deprecationWarning string
  schema CustomResourceValidation, subresources CustomResourceSubresources
  additionalPrinterColumns []CustomResourceColumnDefinition, selectableFields []SelectableField
CustomResourceValidation
  openAPIV3Schema any
CustomResourceSubresources
  status any, scale CustomResourceSubresourceScale
CustomResourceSubresourceScale
  specReplicasPath string !, statusReplicasPath string !, labelSelectorPath string
CustomResourceColumnDefinition
  name string !, type string !, format string, description string, priority int, jsonPath string !
SelectableField
  jsonPath string !
CustomResourceConversion
  strategy string !, webhook any
CustomResourceDefinitionStatus
  conditions []CustomResourceDefinitionCondition map=type, acceptedNames CustomResourceDefinitionNames
  storedVersions []string, observedGeneration int
CustomResourceDefinitionCondition
  type string !, status string !, lastTransitionTime time, reason string, message string, observedGeneration int
"""
