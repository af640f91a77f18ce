"""Types of core/v1 (pods aside) and apps/v1, in the notation of ``lab.api.builtin.types``."""

TABLE = """
package io.k8s.api.core.v1
ObjectReference atomic
  kind string, namespace string, name string, uid string, apiVersion string, resourceVersion string, fieldPath string
LocalObjectReference atomic
  name string
Namespace
  metadata ObjectMeta, spec NamespaceSpec, status NamespaceStatus
NamespaceSpec
  finalizers []string
NamespaceStatus
  phase string, conditions []NamespaceCondition map=type patch=type
NamespaceCondition
  type string !, status string !, lastTransitionTime time, reason string, message string
ConfigMap
  metadata ObjectMeta, immutable bool, data {}string, binaryData {}string
Secret
  metadata ObjectMeta, immutable bool, data {}string, stringData {}string, type string =Opaque
ServiceAccount
  metadata ObjectMeta, secrets []ObjectReference map=name patch=name, imagePullSecrets []LocalObjectReference
  automountServiceAccountToken bool
Service
  metadata ObjectMeta, spec ServiceSpec, status ServiceStatus
ServiceSpec
  ports []ServicePort map=port/protocol patch=port, selector {}string atomic
  clusterIP string, clusterIPs []string, type string =ClusterIP, externalIPs []string
  sessionAffinity string =None, loadBalancerIP string, loadBalancerSourceRanges []string, externalName string
  externalTrafficPolicy string, healthCheckNodePort int, publishNotReadyAddresses bool
  sessionAffinityConfig SessionAffinityConfig, ipFamilies []string, ipFamilyPolicy string
  allocateLoadBalancerNodePorts bool, loadBalancerClass string, internalTrafficPolicy string
  trafficDistribution string
ServicePort
  name string, protocol string =TCP, appProtocol string, port int !, targetPort intOrString, nodePort int
SessionAffinityConfig
  clientIP ClientIPConfig
ClientIPConfig
  timeoutSeconds int
ServiceStatus
  loadBalancer LoadBalancerStatus, conditions []Condition map=type patch=type
LoadBalancerStatus
  ingress []LoadBalancerIngress
LoadBalancerIngress
  ip string, hostname string, ipMode string, ports []PortStatus
PortStatus
  port int !, protocol string !, error string
Endpoints
  metadata ObjectMeta, subsets []EndpointSubset
EndpointSubset
  addresses []EndpointAddress, notReadyAddresses []EndpointAddress, ports []CoreEndpointPort
EndpointAddress atomic
  ip string !, hostname string, nodeName string, targetRef ObjectReference
CoreEndpointPort atomic
  name string, port int !, protocol string =TCP, appProtocol string
Node
  metadata ObjectMeta, spec NodeSpec, status NodeStatus
NodeSpec
  podCIDR string, podCIDRs []string set patch, providerID string, unschedulable bool, taints []Taint
  configSource any, externalID string
Taint
  key string !, value string, effect string !, timeAdded time
NodeStatus
  capacity {}quantity, allocatable {}quantity, phase string, conditions []NodeCondition map=type patch=type
  addresses []NodeAddress map=type patch=type, daemonEndpoints any, nodeInfo NodeSystemInfo, images []any
  volumesInUse []string, volumesAttached []any, config any, runtimeHandlers []any, features any
NodeCondition
  type string !, status string !, lastHeartbeatTime time, lastTransitionTime time, reason string, message string
NodeAddress
  type string !, address string !
NodeSystemInfo
  machineID string, systemUUID string, bootID string, kernelVersion string, osImage string
  containerRuntimeVersion string, kubeletVersion string, kubeProxyVersion string, operatingSystem string
  architecture string, swap any
Event
  metadata ObjectMeta !, involvedObject ObjectReference !, reason string, message string, source EventSource
  firstTimestamp time, lastTimestamp time, count int, type string, eventTime time, series EventSeries
  action string, related ObjectReference, reportingComponent string, reportingInstance string
EventSource
  component string, host string
EventSeries
  count int, lastObservedTime time

package io.k8s.api.apps.v1
Deployment
  metadata ObjectMeta, spec DeploymentSpec, status DeploymentStatus
DeploymentSpec
  replicas int =1, selector LabelSelector !, template PodTemplateSpec !, strategy DeploymentStrategy retainKeys
  minReadySeconds int, revisionHistoryLimit int =10, paused bool, progressDeadlineSeconds int =600
DeploymentStrategy
  type string =RollingUpdate, rollingUpdate RollingUpdateDeployment
RollingUpdateDeployment
  maxUnavailable intOrString, maxSurge intOrString
DeploymentStatus
  observedGeneration int, replicas int, updatedReplicas int, readyReplicas int, availableReplicas int
  unavailableReplicas int, terminatingReplicas int, conditions []DeploymentCondition map=type patch=type
  collisionCount int
DeploymentCondition
  type string !, status string !, lastUpdateTime time, lastTransitionTime time, reason string, message string
ReplicaSet
  metadata ObjectMeta, spec ReplicaSetSpec, status ReplicaSetStatus
ReplicaSetSpec
  replicas int =1, minReadySeconds int, selector LabelSelector !, template PodTemplateSpec
ReplicaSetStatus
  replicas int !, fullyLabeledReplicas int, readyReplicas int, availableReplicas int, terminatingReplicas int
  observedGeneration int, conditions []ReplicaSetCondition map=type patch=type
ReplicaSetCondition
  type string !, status string !, lastTransitionTime time, reason string, message string
"""
