/**
 * Nothing was chosen by the labels of these: every second series, by name, of the folders of real data that differ the most. The kinds of
 * deviation, scales and parameters of our detectors were settled with the other 46.
 */
const HELD_OUT = new Set([
  'realKnownCause/cpu_utilization_asg_misconfiguration.csv',
  'realKnownCause/machine_temperature_system_failure.csv',
  'realKnownCause/rogue_agent_key_hold.csv',
  'realTraffic/TravelTime_387.csv',
  'realTraffic/occupancy_6005.csv',
  'realTraffic/speed_6005.csv',
  'realTraffic/speed_t4013.csv',
  'realTweets/Twitter_volume_AMZN.csv',
  'realTweets/Twitter_volume_CVS.csv',
  'realTweets/Twitter_volume_GOOG.csv',
  'realTweets/Twitter_volume_KO.csv',
  'realTweets/Twitter_volume_UPS.csv',
]);

export const isHeldOut = (file: string): boolean => HELD_OUT.has(file);
