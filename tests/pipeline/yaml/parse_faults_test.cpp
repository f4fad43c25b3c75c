// Every fault that a pipeline file can have, with its exact message and place.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using testing::Workspace;

struct Fault {
  const char* name;
  const char* yaml;
  const char* message;
};

class ParseFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(ParseFaults, NamesPlaceAndRemedy) {
  const Workspace workspace;
  EXPECT_EQ(workspace.faults(GetParam().yaml), GetParam().message) << GetParam().yaml;
}

const std::vector<Fault> text_faults = {
    {"Empty", "", "pipeline.yaml:1:1: the file is empty; a pipeline has at least 'stages'"},
    {"OnlyAComment", "# nothing\n", "pipeline.yaml:1:1: the file is empty; a pipeline has at least 'stages'"},
    {"BrokenYaml", "stages:\n  - load: {model: tiny.mlmodel\n",
     "pipeline.yaml:3:1: not valid YAML: end of map flow not found"},
    {"Tab", "stages:\n\t- load\n", "pipeline.yaml:2:2: not valid YAML: illegal block entry"},
    {"TwoDocuments", "stages: [{load: {model: tiny.mlmodel}}]\n---\nstages: []\n",
     "pipeline.yaml:3:1: a second YAML document; a file has one"},
    {"NotUtf8", "stages:\n  - \xFF\n", "pipeline.yaml:2:5: the file is not UTF-8 here"},
    {"NotAMapping", "- load\n", "pipeline.yaml:1:1: a pipeline must be a mapping of keys, not a list"},
    {"NoStages", "name: x\n", "pipeline.yaml:1:1: a pipeline has no 'stages'"},
    {"EmptyStages", "stages: []\n", "pipeline.yaml:1:9: 'stages' is empty; there is nothing to do"},
    {"StagesAsText", "stages: load\n", "pipeline.yaml:1:9: 'stages' must be a list, not 'load'"},
    {"UnknownKey", "stage: []\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:1:1: unknown key 'stage' in a pipeline; did you mean 'stages'?"},
    {"KeyTwice", "name: a\nname: b\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:2:1: 'name' stands twice in a pipeline"},
    {"NestedKeyTwice", "stages:\n  - load:\n      model: tiny.mlmodel\n      model: other.mlmodel\n",
     "pipeline.yaml:4:7: 'model' stands twice in 'load'"},
    {"BadName", "name: a/b\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:1:7: the pipeline's name 'a/b' can't be a file's name: it has a '/'"},
};

const std::vector<Fault> variable_faults = {
    {"UnknownVariable", "variables: {root: x}\nstages: [{load: {model: '${rot}/a'}}]\n",
     "pipeline.yaml:2:25: unknown variable 'rot'; did you mean 'root'?"},
    {"Circle", "variables:\n  a: ${b}\n  b: ${a}\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:2:6: variable 'a' refers to itself: a -> b -> a"},
    {"NoEnvironment", "stages: [{load: {model: '${env:GOLDILOCKS_TEST_UNSET}'}}]\n",
     "pipeline.yaml:1:25: the environment has no variable 'GOLDILOCKS_TEST_UNSET'"},
    {"OddVariableName", "variables: {a-b: x}\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:1:13: a variable's name has letters, digits and '_' only, unlike 'a-b'"},
    {"VariableWithoutDefault", "variables:\n  root:\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:2:3: variable 'root' needs a default: a value, or '{path: ...}' for a path"},
    {"OddPathVariable", "variables: {root: {file: x}}\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:1:19: variable 'root' has no 'path'\n"
     "pipeline.yaml:1:20: unknown key 'file' in variable 'root'"},
};

const std::vector<Fault> load_faults = {
    {"MissingModel", "stages: [{load: {model: tiny.mlmodle}}]\n",
     "pipeline.yaml:1:25: a model: there is no tiny.mlmodle"},
    {"ModelIsAFolder", "stages: [{load: {model: classes}}]\n",
     "pipeline.yaml:1:25: a model: classes is a folder, and no package"},
    {"ModelIsAList", "stages: [{load: {model: [tiny.mlmodel]}}]\n",
     "pipeline.yaml:1:25: 'model' is one model; write 'models' for a list"},
    {"NothingToLoad", "stages:\n  - load: {}\n",
     "pipeline.yaml:2:5: 'load' has nothing to load: it needs 'model', 'models', 'dataset' or 'results'"},
    {"TwoModelsOfOneName", "stages: [{load: {models: [tiny.mlmodel, tiny.mlmodel]}}]\n",
     "pipeline.yaml:1:41: two loaded models are called 'tiny'; give one another name, as in "
     "'{path: ..., name: ...}'"},
    {"UnknownCrop", "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, crop: centre}}}]\n",
     "pipeline.yaml:1:72: 'crop' must be one of center, fit, fill, center_crop, scale_fit, scale_fill, centerCrop, "
     "scaleFit, scaleFill, not 'centre'; did you mean 'center'?"},
    {"MissingImages", "stages: [{load: {model: tiny.mlmodel, dataset: {images: clases}}}]\n",
     "pipeline.yaml:1:57: 'images': there is no clases"},
    {"PackedWithoutLabels", "stages: [{load: {model: tiny.mlmodel, dataset: {images: images.npy}}}]\n",
     "pipeline.yaml:1:57: images in a .npy file need 'labels', another .npy file, or 'labelled: false'"},
    {"FolderWithLabels", "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, labels: labels.npy}}}]\n",
     "pipeline.yaml:1:74: 'labels' belong to a .npy file of images; in a folder, each class has its own"},
    {"DatasetWithoutImages", "stages: [{load: {model: tiny.mlmodel, dataset: {crop: fit}}}]\n",
     "pipeline.yaml:1:48: a dataset needs 'images' or 'inputs'"},
    {"OtherImages", "stages: [{load: {model: tiny.mlmodel, dataset: {images: tiny.mlmodel}}}]\n",
     "pipeline.yaml:1:57: 'images' must be a folder with one folder per class, a .csv or .json list of files and "
     "labels, "
     "or a .npy file"},
    {"UnlabelledWithLabels",
     "stages: [{load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy, labelled: false}}}]\n",
     "pipeline.yaml:1:77: 'labels' stands beside 'labelled: false'"},
    {"UnlabelledModel", "stages: [{load: {model: tiny.mlmodel, dataset: {images: tiny.mlmodel, labelled: false}}}]\n",
     "pipeline.yaml:1:57: 'images' without labels must be a folder or a .npy file"},
    {"MissingLabelMap", "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, label_map: map.csv}}}]\n",
     "pipeline.yaml:1:77: 'label_map': there is no map.csv"},
    {"NoNumberOfUnusable", "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, max_unusable: few}}}]\n",
     "pipeline.yaml:1:80: 'max_unusable' must be a whole number, 0 or more, not 'few'"},
    {"SplitWithoutParts", "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, split: {seed: 1}}}}]\n",
     "pipeline.yaml:1:73: 'split' has no 'parts'"},
    {"SplitOfNoParts", "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, split: {parts: {}}}}}]\n",
     "pipeline.yaml:1:73: 'parts' is empty; a split has at least one part, as in 'parts: {calibrate: 0.5, prove: "
     "0.5}'"},
    {"SharesAboveOne",
     "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, split: {parts: {a: 0.5, b: 0.6}}}}}]\n",
     "pipeline.yaml:1:73: the shares of 'parts' add up to 1.1, which is more than 1"},
    {"ShareOfNothing", "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, split: {parts: {a: 0}}}}}]\n",
     "pipeline.yaml:1:85: part 'a' has a share of 0; it would hold no sample"},
    {"PartWithoutSplit",
     "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: classes}}\n  - evaluate: {part: prove}\n",
     "pipeline.yaml:3:5: 'evaluate' uses the part 'prove', but dataset 'classes' has no 'split'"},
    {"UnknownPart",
     "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: classes, split: {parts: {prove: 0.5}}}}\n"
     "  - evaluate: {part: prov}\n",
     "pipeline.yaml:3:5: 'evaluate' uses the part 'prov', which the split of dataset 'classes' doesn't have; its "
     "parts: "
     "prove; did you mean 'prove'?"},
    {"ResultsAndModels", "stages: [{load: {results: labels.npy}}, {load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:1:42: 'results' of an earlier run and models can't be loaded in one pipeline"},
    {"ResultsOfNoRun", "stages: [{load: {results: classes}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json"},
    {"MissingPlugins", "plugins: [nowhere]\nstages: [{load: {model: tiny.mlmodel}}]\n",
     "pipeline.yaml:1:11: a place of plugins: there is no nowhere"},
};

const std::vector<Fault> quantize_faults = {
    {"UnknownFunction",
     "stages:\n  - load: {model: tiny.mlmodel}\n  - quantize: {sweep: {function: [kmean_lut], bits: 4}}\n",
     "pipeline.yaml:3:35: unknown quantizer 'kmean_lut'; did you mean 'kmeans_lut'?"},
    {"UnknownOption",
     "stages:\n  - load: {model: tiny.mlmodel}\n  - quantize: {sweep: {function: {linear_lut: {rnge: closed}}, bits: "
     "4}}\n",
     "pipeline.yaml:3:48: quantizer 'linear_lut' has no option 'rnge'; did you mean 'range'?"},
    {"OptionTwice",
     "stages:\n  - load: {model: tiny.mlmodel}\n"
     "  - quantize: {sweep: {function: {linear_lut: {range: closed, range: closed}}, bits: 4}}\n",
     "pipeline.yaml:3:63: 'range' stands twice in the options of quantizer 'linear_lut'"},
    {"BitsOutOfRange",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: [4, 9, x]}}}]\n",
     "pipeline.yaml:1:89: bits must be 1 to 8, 16 or 32, not '9'\n"
     "pipeline.yaml:1:92: bits must be 1 to 8, 16 or 32, not 'x'"},
    {"BitsTwice", "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: [4, 4]}}}]\n",
     "pipeline.yaml:1:89: the width 4 stands twice in 'bits'"},
    {"NoBits", "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: []}}}]\n",
     "pipeline.yaml:1:85: 'bits' is empty, so the sweep has nothing to do"},
    {"NoFunction", "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: [], bits: 4}}}]\n",
     "pipeline.yaml:1:71: 'function' is empty, so the sweep has nothing to do"},
    {"EmptySweep",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear_symmetric, bits: 4}}}]\n",
     "pipeline.yaml:1:60: the sweep is empty: no function offers any of its widths"},
    {"NoSweep", "stages: [{load: {model: tiny.mlmodel}}, {quantize: {name: x}}]\n",
     "pipeline.yaml:1:52: 'quantize' has no 'sweep'"},
    {"BitsOfAChooser",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: {chooser: {bits: 4}}}}}]\n",
     "pipeline.yaml:1:88: 'chooser' chooses its widths itself; leave 'bits' out"},
    {"UnknownPlaceholder",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {name: '{bit}', sweep: {function: linear, bits: 4}}}]\n",
     "pipeline.yaml:1:59: 'name': unknown placeholder {bit}; there are {model}, {function}, {bits}, {preprocessing}, "
     "{granularity}, {vector}, {table} and {scale}; did you mean 'bits'?"},
    {"NamesWithoutBits",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {name: '{model}_{function}', sweep: {function: linear, bits: "
     "[4, "
     "2]}}}]\n",
     "pipeline.yaml:1:42: two variants would be called 'tiny_linear'; add {bits} to 'name'"},
    {"NamesWithoutFunction",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {name: '{bits}', sweep: {function: [linear, linear_lut], "
     "bits: "
     "4}}}]\n",
     "pipeline.yaml:1:42: two variants would be called '4'; add {function} to 'name'"},
    {"OneFunctionTwice",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: [linear_lut, {linear_lut: {range: "
     "half_open}}], bits: 4}}}]\n",
     "pipeline.yaml:1:42: two variants would be called 'tiny_linear_lut_4'; tell the functions apart by 'as', as in "
     "'{linear_lut: {as: another_name}}'"},
    {"NameOfALoadedModel",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {name: '{model}', sweep: {function: linear, bits: 4}}}]\n",
     "pipeline.yaml:1:42: two variants would be called 'tiny'; give one of the stages another 'name'"},
    {"UnknownInput",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {input: tyny, sweep: {function: linear, bits: 4}}}]\n",
     "pipeline.yaml:1:60: no loaded model and no earlier quantize stage is called 'tyny'; did you mean 'tiny'?"},
    {"IdTwice",
     "stages: [{load: {model: tiny.mlmodel}}, {quantize: {id: a, sweep: {function: linear, bits: 4}}}, {quantize: {id: "
     "a, "
     "sweep: {function: linear, bits: 2}}}]\n",
     "pipeline.yaml:1:114: two quantize stages have the id 'a'"},
    {"WithoutModel", "stages: [{quantize: {sweep: {function: linear, bits: 4}}}]\n",
     "pipeline.yaml:1:11: 'quantize' needs a model: no 'load' stage names one"},
};

const std::vector<Fault> stage_faults = {
    {"UnknownStage", "stages: [{load: {model: tiny.mlmodel}}, {evalute: {}}]\n",
     "pipeline.yaml:1:42: unknown stage 'evalute'; did you mean 'evaluate'?"},
    {"StageWithTwoKeys", "stages: [{load: {model: tiny.mlmodel}, report: note}]\n",
     "pipeline.yaml:1:10: a stage is one key with its settings, as in 'evaluate: {backend: onednn}'"},
    {"WrongOrder", "stages: [{load: {model: tiny.mlmodel}}, {report: note}, {load: {model: other.mlmodel}}]\n",
     "pipeline.yaml:1:58: 'load' stands after 'report'; the order is load, quantize, sensitivity, mixed, evaluate, "
     "select, prove, publish, report"},
    {"TwoSelects", "stages: [{load: {results: run/results.json}}, {select: {}}, {select: {}}]\n",
     "pipeline.yaml:1:27: 'results': there is no run/results.json\n"
     "pipeline.yaml:1:62: a second 'select' stage; a pipeline has one"},
    {"EvaluateWithoutDataset", "stages: [{load: {model: tiny.mlmodel}}, {evaluate: {backend: reference}}]\n",
     "pipeline.yaml:1:42: 'evaluate' needs a dataset: no 'load' stage names one"},
    {"EvaluateWithoutModel", "stages: [{load: {dataset: {images: classes}}}, {evaluate: {backend: reference}}]\n",
     "pipeline.yaml:1:49: 'evaluate' needs a model: no 'load' stage names one"},
    {"SelectWithoutEvaluate", "stages: [{load: {model: tiny.mlmodel}}, {select: {max_drop: 0.1}}]\n",
     "pipeline.yaml:1:42: 'select' needs an 'evaluate' stage before it"},
    {"DropOutOfRange",
     "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference}}, {select: "
     "{max_drop: 1%}}]\n",
     "pipeline.yaml:1:123: 'max_drop' must be a number from 0 to 1, not '1%'"},
    {"PublishWithoutSelect", "stages: [{load: {results: classes}}, {publish: {path: out}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:39: 'publish' needs a 'select' stage before it"},
    {"PublishWithoutAPath", "stages: [{load: {results: classes}}, {select: {}}, {publish: {name: a}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:62: 'publish' has no 'path'"},
    {"PublishUnderANameThatIsNoFile",
     "stages: [{load: {results: classes}}, {select: {}}, {publish: {path: out, name: a/b}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:80: 'name' 'a/b' can't be a file's name: it has a '/'"},
    {"ConstraintOnAMetricThatIsNotComputed",
     "stages: [{load: {results: classes}}, {select: {constraints: [{agreemnt: {at_least: 0.9}}]}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:63: no metric 'agreemnt' is computed; did you mean 'agreement'?"},
    {"ConfidenceOfOtherIntervals",
     "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference, metrics: "
     "[kl], confidence: 0.9}}, {select: {confidence: 0.95, constraints: {snr: {at_least: 1}}}}]\n",
     "pipeline.yaml:1:157: 'confidence' is 0.95, but the 'evaluate' stage computes intervals of 0.9; give both the "
     "same\n"
     "pipeline.yaml:1:177: the constraint on 'snr' needs this metric: the 'evaluate' stage computes others only"},
    {"ConstraintWithoutABound",
     "stages: [{load: {results: classes}}, {select: {constraints: [{size: {}}, {zip_size: {at_most: 1, at_least: "
     "0}}]}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:63: the constraint on 'size' needs one of 'at_most' and 'at_least'\n"
     "pipeline.yaml:1:75: the constraint on 'zip_size' needs one of 'at_most' and 'at_least'"},
    {"ConstraintTwice",
     "stages: [{load: {results: classes}}, {select: {max_drop: 0.1, constraints: [{mean_drop: {at_most: 0.2}}]}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:78: a second limit of this kind on 'mean_drop'"},
    {"FrontOfOne", "stages: [{load: {results: classes}}, {select: {front: [size]}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:55: 'front' has two metrics, not 1"},
    {"UnknownObjective", "stages: [{load: {results: classes}}, {select: {objective: sise}}]\n",
     "pipeline.yaml:1:27: 'results': there is no classes/results.json\n"
     "pipeline.yaml:1:59: 'objective' must be one of size, zip_size, time, not 'sise'; did you mean 'size'?"},
    {"UnknownBackend",
     "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: refrence}}]\n",
     "pipeline.yaml:1:90: unknown backend 'refrence'; did you mean 'reference'?"},
    {"UnknownBaseline",
     "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference, baseline: "
     "tini}}]\n",
     "pipeline.yaml:1:111: 'baseline' must be a loaded model; none is called 'tini'; did you mean 'tiny'?"},
    {"UnknownReport", "stages: [{load: {model: tiny.mlmodel}}, {report: [not]}]\n",
     "pipeline.yaml:1:51: unknown report 'not'; did you mean 'note'?"},
    {"ReportWithTwoNames", "stages: [{load: {model: tiny.mlmodel}}, {report: [{note: {}, failing: {}}]}]\n",
     "pipeline.yaml:1:51: a report is one name with its options, as in '{name: {option: value}}'; this has 2 names"},
    {"EmptyReport", "stages: [{load: {model: tiny.mlmodel}}, {report: []}]\n",
     "pipeline.yaml:1:42: 'report' is empty; name at least one report"},
    {"ReportAsNumberOfThings", "stages: [{load: {model: tiny.mlmodel}}, {report: [[note]]}]\n",
     "pipeline.yaml:1:51: a report is a name, or a name with its options, as in '{name: {option: value}}'"},
};

const std::vector<Fault> report_faults = {
    {"SameFile",
     "stages:\n  - load: {model: tiny.mlmodel}\n  - report:\n    - note\n    - note: {path: notes/../notes/note.txt}\n",
     "pipeline.yaml:5:7: report 'note' writes 'notes/note.txt', and report 'note' in line 4 writes already; give it "
     "another path"},
    {"ResultsJson", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {path: ./results.json}}}]\n",
     "pipeline.yaml:1:51: report 'note' writes 'results.json', and the run itself writes already; give it another "
     "path"},
    {"AModelsFile", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {path: tiny.mlmodel}}}]\n",
     "pipeline.yaml:1:51: report 'note' writes 'tiny.mlmodel', and the run itself writes already; give it another "
     "path"},
    {"OutsideTheFolder", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {path: a/../../x}}}]\n",
     "pipeline.yaml:1:51: report 'note' can't write 'a/../../x': not a file inside the run's folder"},
    {"AbsolutePath", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {path: /tmp/x}}}]\n",
     "pipeline.yaml:1:51: report 'note' can't write '/tmp/x': not a file inside the run's folder"},
    {"AFolder", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {path: notes/}}}]\n",
     "pipeline.yaml:1:51: report 'note' can't write 'notes/': not a file inside the run's folder"},
    {"NoName", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {path: ''}}}]\n",
     "pipeline.yaml:1:51: report 'note' can't write '': not a file inside the run's folder"},
    {"AnOptionOfAnotherNameOutside", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {copy: ../x}}}]\n",
     "pipeline.yaml:1:51: report 'note' can't write '../x': not a file inside the run's folder"},
    {"AnOptionOfAnotherNameForResults",
     "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {copy: results.json}}}]\n",
     "pipeline.yaml:1:51: report 'note' writes 'results.json', and the run itself writes already; give it another "
     "path"},
    {"TwoFilesOfOneReport", "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {copy: notes/note.txt}}}]\n",
     "pipeline.yaml:1:51: report 'note' writes 'notes/note.txt', and report 'note' in line 1 writes already; give it "
     "another path"},
    {"AFolderOfAFile", "stages: [{load: {model: tiny.mlmodel}}, {report: [{note: {path: a}}, {note: {path: a/b}}]}]\n",
     "pipeline.yaml:1:71: report 'note' writes 'a/b', and report 'note' in line 1 writes 'a' already; give it another "
     "path"},
    {"AFileOfAFolder", "stages: [{load: {model: tiny.mlmodel}}, {report: [{note: {path: a/b}}, {note: {path: a}}]}]\n",
     "pipeline.yaml:1:73: report 'note' writes 'a', and report 'note' in line 1 writes 'a/b' already; give it another "
     "path"},
};

// A value of another kind than the key takes: the message says what it takes.
struct WrongType {
  const char* name;
  const char* stage;    // "@" stands for the value
  const char* message;  // likewise
  bool takes_list = false, takes_mapping = false;
};

class WrongTypes : public ::testing::TestWithParam<WrongType> {};

TEST_P(WrongTypes, SayWhatTheKeyTakes) {
  const Workspace workspace;
  const auto with = [](std::string text, const std::string& value) { return text.replace(text.find('@'), 1, value); };
  for (const auto& [value, kind] : {std::pair{"{rounds: 60}", "a mapping"}, {"[[1]]", "a list"}}) {
    if (std::string(kind) == "a list" ? GetParam().takes_list : GetParam().takes_mapping) continue;
    const std::string yaml =
        "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n" +
        with(GetParam().stage, value);
    EXPECT_THAT(workspace.faults(yaml), ::testing::HasSubstr(with(GetParam().message, kind))) << yaml;
  }
}

const std::vector<WrongType> wrong_types = {
    {"Flag", "  - evaluate: {time: @}\n", "pipeline.yaml:3:22: 'time' must be true or false, not @"},
    {"Whole", "  - evaluate: {time: true, rounds: @}\n", "'rounds' must be a whole number, 0 or more, not @"},
    {"Number", "  - evaluate: {confidence: @}\n", "'confidence' must be a number from 0.5 to 0.9999, not @"},
    {"Choice", "  - evaluate: {isolation: @}\n", "'isolation' must be one of none, process, not @"},
    {"Name", "  - evaluate: {part: @}\n", "'part' must be a name, not @"},
    {"Baseline", "  - evaluate: {baseline: @}\n", "'baseline' must be a loaded model's name, not @"},
    {"Metrics", "  - evaluate: {metrics: [@]}\n", "'metrics' must be a metric's name or a list of them, not @"},
    {"Bits", "  - quantize: {sweep: {function: linear, bits: [@]}}\n", "bits must be 1 to 8, 16 or 32, not @"},
    {"Width", "  - quantize: {rules: [{match: {layer: x}, bits: @}], sweep: {function: linear}}\n",
     "bits' of a rule must be one width, not @"},
    {"Fold", "  - quantize: {fold: @, sweep: {function: linear}}\n",
     "'fold' must be one of auto, true, false, or a list of batchnorm, scale, bias, not @", true},
    {"Template", "  - quantize: {name: @, sweep: {function: linear}}\n", "'name' must be a text, not @"},
    {"Input", "  - quantize: {input: [@], sweep: {function: linear}}\n",
     "'input' must be a name or a list of names, not @"},
    {"Layer", "  - quantize: {rules: [{match: {layer: @}, bits: 8}], sweep: {function: linear}}\n",
     "'layer' must be a text or a list of texts, not @"},
    {"Path", "  - publish: {path: @}\n", "'path' must be a path, not @"},
    {"SizeOf", "  - mixed: {size_of: @}\n", "'size_of' must be a variant's name, not @"},
    {"Front", "  - select: {front: @}\n", "'front' must be a list of two metrics, not @"},
    {"IntegerOption", "  - quantize: {sweep: {bits: 2, function: {with_options: {count: @}}}}\n",
     "option 'count' must be a whole number, not @"},
    {"FlagOption", "  - quantize: {sweep: {bits: 2, function: {with_options: {flag: @}}}}\n",
     "option 'flag' must be true or false, not @"},
    {"ListOption", "  - quantize: {sweep: {bits: 2, function: {with_options: {steps: @}}}}\n",
     "option 'steps' must be a list of numbers, not @"},
    {"ChoiceOption", "  - quantize: {sweep: {bits: 2, function: {linear_lut: {range: @}}}}\n",
     "option 'range' must be one of closed, half_open, not @"},
    {"Arrays", "  - load: {dataset: {inputs: @}}\n", "'inputs' must be a path, or a mapping from names to paths, not @",
     false, true},
};

std::string key_of(const ::testing::TestParamInfo<WrongType>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Keys, WrongTypes, ::testing::ValuesIn(wrong_types), key_of);

TEST(PipelineFaults, NothingIsAWrongTypeToo) {
  const Workspace workspace;
  EXPECT_THAT(workspace.faults(
                  "stages: [{load: {model: tiny.mlmodel}}, {quantize: {requantize: , sweep: {function: linear}}}]"),
              ::testing::MatchesRegex("pipeline.yaml:1:6[0-9]: 'requantize' must be true or false, not nothing"));
  EXPECT_THAT(workspace.faults("stages: [{load: {model: }}]"),
              ::testing::MatchesRegex(
                  "pipeline.yaml:1:2[0-9]: a model must be a path, or a mapping with 'path' and 'name', not nothing"));
}

TEST(PipelineFaults, NamesThatGrowFromStageToStageAreBounded) {
  const Workspace workspace;
  std::string yaml = "stages:\n  - load: {model: tiny.mlmodel}\n";
  for (int i = 0; i < 60; ++i) {
    const std::string input = i == 0 ? "tiny" : "s" + std::to_string(i - 1);
    yaml += "  - quantize: {id: s" + std::to_string(i) + ", input: " + input +
            ", name: '{model}{model}{bits}', sweep: {function: linear, bits: 8}}\n";
  }
  EXPECT_THAT(workspace.faults(yaml), ::testing::HasSubstr("can't be a file's name: it is longer than 200 bytes"));
}

TEST(PipelineFaults, SweepsThatMultiplyFromStageToStageAreBounded) {
  const Workspace workspace;
  std::string yaml = "stages:\n  - load: {model: tiny.mlmodel}\n";
  for (int i = 0; i < 12; ++i) {
    const std::string input = i == 0 ? "tiny" : "s" + std::to_string(i - 1);
    yaml += "  - quantize: {id: s" + std::to_string(i) + ", input: " + input +
            ", name: '{model}{bits}', sweep: {function: linear, bits: [1, 2, 3, 4, 5, 6, 7, 8]}}\n";
  }
  EXPECT_THAT(workspace.faults(yaml), ::testing::HasSubstr("the sweeps make more than 100000 variants"));
}

std::string name_of(const ::testing::TestParamInfo<Fault>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Text, ParseFaults, ::testing::ValuesIn(text_faults), name_of);
INSTANTIATE_TEST_SUITE_P(Variables, ParseFaults, ::testing::ValuesIn(variable_faults), name_of);
INSTANTIATE_TEST_SUITE_P(Load, ParseFaults, ::testing::ValuesIn(load_faults), name_of);
INSTANTIATE_TEST_SUITE_P(Quantize, ParseFaults, ::testing::ValuesIn(quantize_faults), name_of);
INSTANTIATE_TEST_SUITE_P(Reports, ParseFaults, ::testing::ValuesIn(report_faults), name_of);
INSTANTIATE_TEST_SUITE_P(Stages, ParseFaults, ::testing::ValuesIn(stage_faults), name_of);

TEST(PipelineFaults, AllOfAFileAreReportedAtOnceInTheirOrder) {
  const Workspace workspace;
  EXPECT_EQ(testing::lines(workspace.faults(R"(
nam: x
stages:
  - load: {model: missing.mlmodel, crop: center}
  - quantize: {sweep: {function: [linaer, linear], bits: [0]}}
  - select: {max_dorp: 0.1}
)")),
            (std::vector<std::string>{
                "pipeline.yaml:2:1: unknown key 'nam' in a pipeline; did you mean 'name'?",
                "pipeline.yaml:4:19: a model: there is no missing.mlmodel",
                "pipeline.yaml:4:36: unknown key 'crop' in 'load'",
                "pipeline.yaml:5:35: unknown quantizer 'linaer'; did you mean 'linear'?",
                "pipeline.yaml:5:59: bits must be 1 to 8, 16 or 32, not '0'",
                "pipeline.yaml:6:5: 'select' needs an 'evaluate' stage before it",
                "pipeline.yaml:6:14: unknown key 'max_dorp' in 'select'; did you mean 'max_drop'?",
            }));
}

TEST(PipelineFaults, ValuesOfTheWrongTypeNameWhatIsAllowed) {
  const Workspace workspace;
  const std::string head =
      "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {bits: 2, function: {with_options: ";
  for (const char* options : {"{count: 10}", "{count: many}", "{factor: 3}", "{flag: perhaps}", "{steps: [1, x]}"}) {
    const std::string faults = workspace.faults(head + options + "}}}}]");
    EXPECT_EQ(faults.rfind("pipeline.yaml:1:", 0), 0U) << options << ": " << faults;
    EXPECT_EQ(testing::lines(faults).size(), 1U) << faults;
  }
}

TEST(PipelineFaults, AMissingFileIsOneOfReading) {
  EXPECT_THAT([&] { parse_pipeline("/nowhere/pipeline.yaml", {}, testing::registry()); },
              ::testing::ThrowsMessage<FileError>(
                  ::testing::HasSubstr("/nowhere/pipeline.yaml: can't read: No such file or directory")));
}

TEST(PipelineFaults, TheExitCodeIsThatOfAUsageError) {
  const Workspace workspace;
  try {
    workspace.parse("stages: []");
    FAIL() << "nothing was thrown";
  } catch (const PipelineErrors& errors) {
    EXPECT_EQ(errors.exit_code(), ExitCode::usage);
  }
}

TEST(PipelineFaults, ARefusedLibraryIsAFaultOfThePlugin) {
  const Workspace workspace;
  workspace.write("plugins/goldilocks-quantizer-broken.so", "no library");
  try {
    workspace.parse(
        "plugins: [plugins]\nstages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: broken}}}]");
    FAIL() << "nothing was thrown";
  } catch (const PipelineErrors& errors) {
    EXPECT_EQ(errors.exit_code(), ExitCode::plugin);
    EXPECT_EQ(errors.diagnostics().at(0).place.line, 2);
    EXPECT_EQ(errors.diagnostics()[0].place.column, 71);
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
